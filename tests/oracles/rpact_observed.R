# Makes rpact_observed.json from R's rpact and mvtnorm. Run in this folder:
#   Rscript rpact_observed.R
# The tests read the results; they don't need R. Boundaries at the events that were seen, when 90 (or so) were planned:
# - `recalculated`: rpact's own recalculation in getAnalysisResults(maxInformation, informationEpsilon), at interim looks and
#   at a last look with fewer events (under-running) or more (over-running) than planned.
# - `spent`: the same by hand, for what that function doesn't do (errors spent by months, two-sided tests): the errors spent are
#   rpact's alphaSpent at the share seen, all of alpha at the last look; boundaries are those of a design with these errors
#   (asUser) at the events seen over those of the last look.
# - `beta`: futility that spends beta at what was seen, for the drift of the planned design (rpact's shift), by mvtnorm's
#   Miwa algorithm, one bound after the other.
suppressMessages({library(rpact); library(mvtnorm)})
library(jsonlite)
tight <- 1e-10
design_of <- function(case, rates) {
  given <- list(informationRates = rates, alpha = case$alpha, sided = if (is.null(case$sided)) 1 else case$sided,
    typeOfDesign = case$type, tolerance = tight)
  for (name in c("gammaA", "futilityBounds", "bindingFutility", "beta", "typeBetaSpending", "gammaB")) if (!is.null(case[[name]])) given[[name]] <- case[[name]]
  do.call(getDesignGroupSequential, given)
}
recalculated <- function(case) {
  design <- design_of(case, case$rates)
  looks <- length(case$events)
  data <- getDataset(cumulativeEvents = case$events, cumulativeLogRanks = rep(-0.1, looks), cumulativeAllocationRatios = rep(1, looks))
  epsilon <- if (case$epsilon > 0) case$epsilon else NULL
  found <- suppressWarnings(suppressMessages(getAnalysisResults(design, data, directionUpper = FALSE, stage = looks,
    maxInformation = case$planned, informationEpsilon = epsilon)))
  c(case, list(efficacy = found$.design$criticalValues[1:looks]))
}
# share: by which errors are spent at the looks; the last spends all if `final`
spent <- function(case) {
  looks <- length(case$share)
  inner <- if (case$final) head(case$share, -1) else case$share
  errors <- design_of(case, c(inner, 1))$alphaSpent
  total <- case$events[looks]
  if (!case$final) { errors <- c(head(errors, -1), case$alpha); rates <- c(case$events / (total + 20), 1) } else {
    errors <- c(head(errors, -1), case$alpha); rates <- case$events / total }
  found <- getDesignGroupSequential(informationRates = rates, alpha = case$alpha, sided = if (is.null(case$sided)) 1 else case$sided,
    typeOfDesign = "asUser", userAlphaSpending = errors, tolerance = tight)
  c(case, list(efficacy = found$criticalValues[1:looks]))
}
solve_lower <- function(case) {
  planned <- design_of(case, case$rates)
  drift <- sqrt(getDesignCharacteristics(planned)$shift)
  time <- case$events / case$planned
  looks <- length(time)
  upper <- design_of(case[setdiff(names(case), c("beta", "typeBetaSpending", "gammaB"))], c(time, 1))$criticalValues[1:looks]
  beta <- design_of(case, c(time, 1))$betaSpent[1:looks]
  lower <- numeric(0)
  correlation <- outer(time, time, function(s, t) sqrt(pmin(s, t) / pmax(s, t)))
  for (k in seq_len(looks)) {
    want <- beta[k] - if (k > 1) beta[k - 1] else 0
    below <- function(a) {
      if (k == 1) return(pnorm(a - drift * sqrt(time[1])) - want)
      as.numeric(pmvnorm(lower = c(lower, -Inf), upper = c(upper[seq_len(k - 1)], a), mean = drift * sqrt(time[1:k]),
        corr = correlation[1:k, 1:k], algorithm = Miwa(steps = 4096, checkCorr = FALSE))) - want
    }
    lower <- c(lower, uniroot(below, c(-6, upper[k]), tol = 1e-11)$root)
  }
  c(case, list(drift = drift, efficacy = upper, futility = lower))
}
half <- c(0.5, 0.75, 1)
third <- c(1, 2, 3) / 3
re <- function(type, alpha, rates, planned, events, epsilon = 0, ...) list(type = type, alpha = alpha, rates = rates, planned = planned,
  events = events, epsilon = epsilon, ...)
auto <- list(
  re("asOF", 0.1, half, 90, c(38, 71)), re("asOF", 0.1, half, 90, c(52, 60)), re("asOF", 0.1, half, 90, c(38, 71, 90)),
  re("asOF", 0.1, half, 90, c(38, 71, 80), 10), re("asOF", 0.1, half, 90, c(38, 71, 104)), re("asOF", 0.1, half, 90, c(20, 33, 61), 30),
  re("asOF", 0.025, third, 300, c(90, 230)), re("asOF", 0.025, third, 300, c(140, 170, 275), 30), re("asOF", 0.025, third, 300, c(140, 260, 330)),
  re("asP", 0.1, half, 90, c(30, 80)), re("asP", 0.1, half, 90, c(30, 80, 84), 6), re("asP", 0.025, third, 300, c(110, 240, 352)),
  re("asHSD", 0.05, third, 150, c(35, 90, 138), 15, gammaA = -4), re("asHSD", 0.05, third, 150, c(70, 115, 170), gammaA = -4),
  re("asHSD", 0.1, half, 90, c(50, 70, 90), gammaA = 1), re("asKD", 0.1, half, 90, c(40, 62, 77), 15, gammaA = 3),
  re("asKD", 0.1, half, 90, c(40, 62, 99), gammaA = 3), re("asKD", 0.025, third, 300, c(60, 110, 299), 1, gammaA = 1),
  re("asOF", 0.1, half, 90, c(38, 71, 80), 10, futilityBounds = c(0, 0.5), bindingFutility = TRUE),
  re("asOF", 0.1, half, 90, c(38, 71, 104), futilityBounds = c(0, 0.5), bindingFutility = TRUE))
by <- function(type, alpha, rates, planned, events, share, final, ...) list(type = type, alpha = alpha, rates = rates, planned = planned,
  events = events, share = share, final = final, ...)
months <- c(12, 24, 36)
hand <- list(
  by("asOF", 0.1, half, 90, c(30, 66, 95), months / 36, TRUE, months = months), by("asOF", 0.1, half, 90, c(12, 48, 70), months / 36, TRUE, months = months),
  by("asP", 0.025, third, 300, c(150, 260, 290), months / 36, TRUE, months = months), by("asKD", 0.05, third, 300, c(60, 190), months[1:2] / 36, FALSE, months = months, gammaA = 3),
  by("asHSD", 0.1, half, 90, c(44, 80, 102), c(14, 25, 36) / 36, TRUE, months = c(14, 25, 36), gammaA = -2),
  by("asOF", 0.05, half, 90, c(38, 71, 80), c(38, 71, 80) / 90, TRUE, sided = 2), by("asOF", 0.05, half, 90, c(38, 71, 110), c(38, 71, 110) / 90, TRUE, sided = 2),
  by("asP", 0.2, third, 120, c(55, 66), c(55, 66) / 120, FALSE, sided = 2), by("asOF", 0.05, half, 90, c(30, 66, 95), months / 36, TRUE, sided = 2, months = months))
bs <- function(type, alpha, rates, planned, events, ...) list(type = type, alpha = alpha, rates = rates, planned = planned, events = events, bindingFutility = FALSE, ...)
beta <- list(
  bs("asOF", 0.1, half, 100, c(38, 71), beta = 0.2, typeBetaSpending = "bsOF"), bs("asOF", 0.1, half, 100, c(52, 60), beta = 0.2, typeBetaSpending = "bsP"),
  bs("asHSD", 0.025, third, 300, c(120, 190), gammaA = -4, beta = 0.1, typeBetaSpending = "bsHSD", gammaB = -2),
  bs("asOF", 0.025, third, 300, c(60, 240), beta = 0.1, typeBetaSpending = "bsKD", gammaB = 2))
result <- list(
  source = paste0(R.version.string, ", rpact ", packageVersion("rpact"), " (LGPL-3), mvtnorm ", packageVersion("mvtnorm"), ", jsonlite ", packageVersion("jsonlite")),
  calls = c("getAnalysisResults(design, getDataset(cumulativeEvents, cumulativeLogRanks, cumulativeAllocationRatios = 1), directionUpper = FALSE, stage, maxInformation = planned, informationEpsilon = epsilon)$.design$criticalValues",
    "getDesignGroupSequential(informationRates = events / last events, alpha, sided, typeOfDesign = 'asUser', userAlphaSpending, tolerance = 1e-10)$criticalValues",
    "getDesignCharacteristics(design)$shift; uniroot of pmvnorm(lower, upper, mean, corr, algorithm = Miwa(4096))"),
  recalculated = lapply(auto, recalculated), spent = lapply(hand, spent), beta = lapply(beta, solve_lower))
write(toJSON(result, digits = I(15), auto_unbox = TRUE, na = "null", null = "null"), "rpact_observed.json")
