# Makes rpact_events.json from R's rpact. Run in this folder:
#   Rscript rpact_events.R
# The tests read the results; they don't need R.
suppressMessages(library(rpact))
library(jsonlite)
formula <- function(type, alpha, beta, hr, ratio, events = 90) {
  design <- getDesignGroupSequential(kMax = 1, alpha = alpha, beta = beta, sided = 1)
  size <- getSampleSizeSurvival(design, hazardRatio = hr, lambda2 = log(2) / 9, typeOfComputation = type,
    allocationRatioPlanned = ratio, accrualTime = c(0, 12), followUpTime = 6)
  power <- getPowerSurvival(design, directionUpper = FALSE, hazardRatio = hr, lambda2 = log(2) / 9, typeOfComputation = type,
    allocationRatioPlanned = ratio, maxNumberOfEvents = events, maxNumberOfSubjects = 600, accrualTime = c(0, 12))
  list(formula = type, alpha = alpha, power = 1 - beta, hazard_ratio = hr, ratio = ratio, events = size$maxNumberOfEvents,
    power_at_90 = as.numeric(power$overallReject))
}
settings <- list(c(0.1, 0.2, 0.65, 1), c(0.1, 0.2, 0.65, 2), c(0.025, 0.1, 0.7, 1), c(0.025, 0.2, 0.5, 2), c(0.05, 0.15, 0.8, 0.5))
types <- c("Schoenfeld", "Freedman", "HsiehFreedman")
rows <- do.call(c, lapply(types, function(type) lapply(settings, function(s) formula(type, s[1], s[2], s[3], s[4]))))
by_time <- function(ends, intensity, cuts, lambda2, hr, ratio, drop, time) {
  found <- getEventProbabilities(time = time, accrualTime = c(0, ends), accrualIntensity = intensity,
    piecewiseSurvivalTime = c(0, cuts), lambda2 = lambda2, hazardRatio = hr, allocationRatioPlanned = ratio,
    dropoutRate1 = drop, dropoutRate2 = drop, dropoutTime = 12)
  list(ends = I(ends), intensity = I(intensity), cuts = I(cuts), control = I(lambda2), hazard_ratio = hr, ratio = ratio,
    dropout_per_month = -log(1 - drop) / 12, time = time, patients = as.numeric(found$maxNumberOfSubjects),
    experimental = as.numeric(found$eventProbabilities1), control_probability = as.numeric(found$eventProbabilities2))
}
times <- c(3, 9, 15, 30, 60)
result <- list(
  source = paste0(R.version.string, ", rpact ", packageVersion("rpact"), " (LGPL-3), jsonlite ", packageVersion("jsonlite")),
  calls = c("getSampleSizeSurvival(getDesignGroupSequential(kMax = 1, alpha, beta, sided = 1), hazardRatio, lambda2 = log(2) / 9, typeOfComputation, allocationRatioPlanned, accrualTime = c(0, 12), followUpTime = 6)$maxNumberOfEvents",
    "getPowerSurvival(design, directionUpper = FALSE, hazardRatio, typeOfComputation, allocationRatioPlanned, maxNumberOfEvents = 90, maxNumberOfSubjects = 600)$overallReject",
    "getEventProbabilities(time, accrualTime, accrualIntensity, piecewiseSurvivalTime, lambda2, hazardRatio, allocationRatioPlanned, dropoutRate1 = dropoutRate2, dropoutTime = 12)"),
  formulas = rows,
  events_by = list(by_time(24, 5, numeric(0), log(2) / 9, 0.65, 1, 0, times), by_time(c(6, 12), c(5, 10), 6, c(0.1, 0.05), 0.6, 2, 0.05, times),
    by_time(c(4, 10, 20), c(2, 4, 8), c(3, 12), c(0.05, 0.12, 0.03), 0.8, 0.5, 0.2, times)))
write(toJSON(result, digits = I(15), auto_unbox = TRUE, na = "null"), "rpact_events.json")
