# Makes rpact_schoenfeld.json's numbers. rpact 3.3.4 on R 4.2.2 (Debian's r-cran-rpact).
suppressMessages(library(rpact))
run <- function(alpha, beta, hr, ratio, events = 90) {
  s <- getSampleSizeSurvival(
    getDesignGroupSequential(kMax = 1, alpha = alpha, beta = beta, sided = 1),
    hazardRatio = hr, lambda2 = log(2) / 9, typeOfComputation = "Schoenfeld",
    allocationRatioPlanned = ratio, accrualTime = c(0, 12), followUpTime = 6)
  p <- getPowerSurvival(
    getDesignGroupSequential(kMax = 1, alpha = alpha, sided = 1), directionUpper = FALSE,
    hazardRatio = hr, lambda2 = log(2) / 9, typeOfComputation = "Schoenfeld",
    allocationRatioPlanned = ratio, maxNumberOfEvents = events, maxNumberOfSubjects = 600,
    accrualTime = c(0, 12))
  cat(sprintf('{"alpha": %g, "power": %g, "hazard_ratio": %g, "ratio": %g, "events": %.8f, "power_at_90": %.8f}\n',
    alpha, 1 - beta, hr, ratio, s$maxNumberOfEvents, p$overallReject))
}
run(.10, .20, .65, 1)
run(.025, .10, .70, 1)
run(.025, .20, .50, 2)
run(.05, .15, .80, .5)
