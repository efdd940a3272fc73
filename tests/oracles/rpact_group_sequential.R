# Makes rpact_group_sequential.json from R's rpact. Run in this folder:
#   Rscript rpact_group_sequential.R
# The tests read the results; they don't need R. rpact solves to its tolerance, here 1e-10 (the least it takes); its
# own Simpson grid leaves differences of about 1e-8 between boundaries.
suppressMessages(library(rpact))
library(jsonlite)
tight <- 1e-10
third <- c(1, 2, 3) / 3
fifth <- (1:5) / 5
uneven <- c(0.3, 0.55, 0.8, 1)
cases <- list(
  list(name = "asOF", rates = fifth, alpha = 0.025, sided = 1, type = "asOF"),
  list(name = "asOF close looks", rates = c(0.5, 0.52, 0.9, 1), alpha = 0.1, sided = 1, type = "asOF"),
  list(name = "asP", rates = (1:4) / 4, alpha = 0.05, sided = 1, type = "asP"),
  list(name = "asHSD", rates = uneven, alpha = 0.025, sided = 1, type = "asHSD", gammaA = -4),
  list(name = "asHSD 0", rates = uneven, alpha = 0.1, sided = 1, type = "asHSD", gammaA = 0),
  list(name = "asKD", rates = c(0.4, 0.7, 1), alpha = 0.1, sided = 1, type = "asKD", gammaA = 3),
  list(name = "asUser", rates = c(0.5, 0.75, 1), alpha = 0.025, sided = 1, type = "asUser", user = c(0.003, 0.01, 0.025)),
  list(name = "asOF two-sided", rates = fifth, alpha = 0.05, sided = 2, type = "asOF"),
  list(name = "asHSD two-sided", rates = uneven, alpha = 0.2, sided = 2, type = "asHSD", gammaA = 1),
  list(name = "OF", rates = fifth, alpha = 0.025, sided = 1, type = "OF"),
  list(name = "P", rates = uneven, alpha = 0.1, sided = 1, type = "P"),
  list(name = "WT", rates = third, alpha = 0.025, sided = 1, type = "WT", deltaWT = 0.25),
  list(name = "HP", rates = third, alpha = 0.025, sided = 1, type = "HP"),
  list(name = "OF two-sided", rates = fifth, alpha = 0.05, sided = 2, type = "OF"),
  list(name = "P two-sided", rates = fifth, alpha = 0.05, sided = 2, type = "P"),
  list(name = "ten looks", rates = (1:10) / 10, alpha = 0.025, sided = 1, type = "asP"),
  list(name = "fixed futility", rates = third, alpha = 0.1, sided = 1, type = "asOF", futility = c(0, 0.5), binding = FALSE),
  list(name = "fixed futility binding", rates = third, alpha = 0.1, sided = 1, type = "asOF", futility = c(0, 0.5), binding = TRUE),
  list(name = "WT fixed futility binding", rates = third, alpha = 0.025, sided = 1, type = "WT", deltaWT = 0.1, futility = c(-0.5, 0.5), binding = TRUE),
  list(name = "bsHSD", rates = fifth, alpha = 0.025, sided = 1, type = "asHSD", gammaA = -4, beta = 0.1, spend = "bsHSD", gammaB = -2, binding = FALSE),
  list(name = "bsHSD binding", rates = fifth, alpha = 0.025, sided = 1, type = "asHSD", gammaA = -4, beta = 0.1, spend = "bsHSD", gammaB = -2, binding = TRUE),
  list(name = "bsOF phase II", rates = c(0.5, 1), alpha = 0.1, sided = 1, type = "asOF", beta = 0.2, spend = "bsOF", binding = FALSE),
  list(name = "bsP binding", rates = uneven, alpha = 0.1, sided = 1, type = "asP", beta = 0.2, spend = "bsP", binding = TRUE),
  list(name = "bsKD", rates = c(0.4, 0.7, 1), alpha = 0.1, sided = 1, type = "asOF", beta = 0.1, spend = "bsKD", gammaB = 2, binding = FALSE))
or <- function(value, default) if (is.null(value)) default else value
one <- function(case) {
  given <- list(informationRates = case$rates, alpha = case$alpha, sided = case$sided, typeOfDesign = case$type, tolerance = tight)
  if (!is.null(case$gammaA)) given$gammaA <- case$gammaA
  if (!is.null(case$deltaWT)) given$deltaWT <- case$deltaWT
  if (!is.null(case$user)) given$userAlphaSpending <- case$user
  if (!is.null(case$futility)) given$futilityBounds <- case$futility
  if (!is.null(case$spend)) { given$beta <- case$beta; given$typeBetaSpending <- case$spend }
  if (!is.null(case$gammaB)) given$gammaB <- case$gammaB
  if (!is.null(case$binding)) given$bindingFutility <- case$binding
  design <- do.call(getDesignGroupSequential, given)
  drifts <- c(0, 1.5, 3)
  found <- getPowerAndAverageSampleNumber(design, theta = drifts / 10, nMax = 100)
  full <- getDesignCharacteristics(design)
  futile <- if (is.null(case$futility) && is.null(case$spend)) NULL else found$futilityPerStage
  c(case, list(efficacy = design$criticalValues, bounds = as.numeric(design$futilityBounds), drifts = drifts,
    reject = found$rejectPerStage, futile = futile, expected_fraction = as.numeric(found$averageSampleNumber) / 100,
    beta_used = design$beta, shift = full$shift, inflation = full$inflationFactor))
}
analysis <- function(design, events, z, futility = NULL) {
  data <- getDataset(cumulativeEvents = events, cumulativeLogRanks = z, cumulativeAllocationRatios = rep(1, length(z)))
  stage <- length(z)
  found <- getAnalysisResults(design, data, directionUpper = FALSE, stage = stage, tolerance = 1e-10)
  list(events = events, z = -z, rates = design$informationRates, alpha = design$alpha, p_value = found$finalPValues[stage],
    lower = found$finalConfidenceIntervalLowerBounds[stage], upper = found$finalConfidenceIntervalUpperBounds[stage],
    median_unbiased = found$medianUnbiasedEstimates[stage],
    repeated_lower = found$repeatedConfidenceIntervalLowerBounds[1:stage], repeated_upper = found$repeatedConfidenceIntervalUpperBounds[1:stage])
}
conditional <- function(design, events, z, planned, ratio) {
  data <- getDataset(cumulativeEvents = events, cumulativeLogRanks = z, cumulativeAllocationRatios = rep(1, length(z)))
  stage <- getStageResults(design, data, directionUpper = FALSE, stage = length(z))
  found <- getConditionalPower(stage, nPlanned = planned, thetaH1 = ratio)
  list(events = events, z = -z, rates = design$informationRates, alpha = design$alpha, hazard_ratio = ratio, conditional_power = found$conditionalPower)
}
three <- getDesignGroupSequential(informationRates = third, alpha = 0.025, sided = 1, typeOfDesign = "asOF", tolerance = tight)
two <- getDesignGroupSequential(informationRates = c(0.5, 1), alpha = 0.1, sided = 1, typeOfDesign = "asOF", tolerance = tight)
result <- list(
  source = paste0(R.version.string, ", rpact ", packageVersion("rpact"), " (LGPL-3), jsonlite ", packageVersion("jsonlite")),
  calls = c("getDesignGroupSequential(informationRates, alpha, sided, typeOfDesign, gammaA, deltaWT, userAlphaSpending, futilityBounds, beta, typeBetaSpending, gammaB, bindingFutility, tolerance = 1e-10)",
    "getPowerAndAverageSampleNumber(design, theta = drifts / 10, nMax = 100)", "getDesignCharacteristics(design)",
    "getAnalysisResults(design, getDataset(cumulativeEvents, cumulativeLogRanks, cumulativeAllocationRatios = 1), directionUpper = FALSE, stage, tolerance = 1e-10)",
    "getConditionalPower(getStageResults(design, dataset, directionUpper = FALSE, stage), nPlanned, thetaH1)"),
  designs = lapply(cases, one),
  analyses = list(analysis(three, c(30, 60), c(-1.9, -2.7)), analysis(three, c(30, 60, 90), c(-1.2, -1.5, -2.3)),
    analysis(three, c(30, 60, 90), c(0.2, -0.4, -0.9)), analysis(two, c(45, 90), c(-0.5, -1.6))),
  conditional = list(conditional(three, 30, -1.9, c(30, 30), 0.65), conditional(three, c(30, 60), c(-1.2, -1.5), 30, 0.65),
    conditional(two, 45, -0.4, 45, 0.8)))
write(toJSON(result, digits = I(15), auto_unbox = TRUE, na = "null", null = "null"), "rpact_group_sequential.json")
