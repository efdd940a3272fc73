# Makes rpact_simulation.csv, whose numbers stand in rpact_simulation.json.
# rpact 3.3.4 on R 4.2.2 (Debian's r-cran-rpact). Arrivals are evenly spaced, arms alternate.
suppressMessages(library(rpact))
run <- function(hr, n, d, accrual, alpha, drop = 0, iter = 100000) {
  design <- getDesignGroupSequential(kMax = 1, alpha = alpha, sided = 1)
  s <- getSimulationSurvival(design, directionUpper = FALSE, lambda2 = log(2) / 9,
    hazardRatio = hr, accrualTime = c(0, accrual), accrualIntensity = n / accrual,
    plannedEvents = d, dropoutRate1 = drop, dropoutRate2 = drop, dropoutTime = 12,
    maxNumberOfIterations = iter, seed = 20240729)
  c(hr = hr, n = n, d = d, accrual = accrual, alpha = alpha, drop = drop, iter = iter,
    power = s$overallReject[1], duration = s$analysisTime[1])
}
r <- rbind(
  run(1, 120, 90, 24, .10), run(1, 120, 90, 24, .025), run(.65, 120, 90, 24, .10),
  run(.65, 120, 90, 24, .025), run(.8, 200, 140, 30, .10), run(.5, 60, 40, 18, .10),
  run(.65, 120, 80, 24, .10, drop = .1))
write.csv(r, "rpact_simulation.csv", row.names = FALSE)
