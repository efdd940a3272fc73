# Makes rpact_trials.json: operating characteristics of 24 designs by another simulator.
# rpact 3.3.4 on R 4.2.2 (Debian's r-cran-rpact). Arrivals are evenly spaced within each period of
# accrual; arms follow a fixed pattern.
suppressMessages({library(rpact); library(jsonlite)})
iterations <- 100000
simulate <- function(name, looks, patients, accrual_months, hazards, changes = 0, ratio = 1,
                     dropout = c(0, 0), alpha = 0.1, type = "OF", gamma = NA, futility = NULL,
                     accrual_starts = NULL, accrual_rates = NULL, shape = 1) {
  k <- length(looks)
  fractions <- looks / looks[k]
  arguments <- list(kMax = k, alpha = alpha, sided = 1)
  if (k > 1) arguments <- c(arguments, list(informationRates = fractions, typeOfDesign = type))
  if (type %in% c("asHSD", "asKD")) arguments$gammaA <- gamma
  if (!is.null(futility)) arguments <- c(arguments, list(futilityBounds = futility, bindingFutility = TRUE))
  design <- do.call(getDesignGroupSequential, arguments)
  time <- if (is.null(accrual_starts)) c(0, accrual_months) else c(accrual_starts, accrual_months)
  rates <- if (is.null(accrual_rates)) patients / accrual_months else accrual_rates
  call <- list(design, directionUpper = FALSE, accrualTime = time, accrualIntensity = rates,
    plannedEvents = looks, dropoutRate1 = dropout[2], dropoutRate2 = dropout[1], dropoutTime = 12,
    maxNumberOfIterations = iterations, seed = 20240729)
  whole <- c(1, 1)
  if (ratio != 1) whole <- if (ratio > 1) c(ratio, 1) else c(1, 1 / ratio)
  call <- c(call, list(allocation1 = whole[1], allocation2 = whole[2]))
  if (length(changes) > 1) {
    call <- c(call, list(piecewiseSurvivalTime = changes, lambda1 = hazards$experimental,
      lambda2 = hazards$control))
  } else {
    call <- c(call, list(lambda1 = hazards$experimental, lambda2 = hazards$control, kappa = shape))
  }
  s <- do.call(getSimulationSurvival, call)
  list(name = name, looks = looks, patients = patients, accrual_months = accrual_months,
    accrual_starts = if (is.null(accrual_starts)) 0 else accrual_starts, accrual_rates = rates,
    control = hazards$control, experimental = hazards$experimental, changes = changes,
    shape = shape, allocation = c(whole[2], whole[1]), dropout_per_year = dropout, alpha = alpha,
    type = type, gamma = gamma, futility = futility, critical = design$criticalValues,
    rejected = as.numeric(s$rejectPerStage),
    stopped_futile = if (k > 1) as.numeric(s$futilityPerStage) else numeric(0),
    months = as.numeric(s$analysisTime), duration = as.numeric(s$studyDuration),
    enrolled = as.numeric(s$expectedNumberOfSubjects))
}
medians <- function(control, ratio) list(control = log(2) / control, experimental = log(2) / control * ratio)
three <- c(45, 68, 90)
found <- list(
  simulate("fixed null", 90, 120, 24, medians(9, 1)),
  simulate("fixed", 90, 120, 24, medians(9, 0.65)),
  simulate("fixed at 0.025", 90, 120, 24, medians(9, 0.65), alpha = 0.025),
  simulate("fixed, large", 300, 400, 30, medians(12, 0.75), alpha = 0.025),
  simulate("fixed, strong effect", 40, 60, 18, medians(9, 0.5)),
  simulate("fixed, dropout", 80, 120, 24, medians(9, 0.65), dropout = c(0.1, 0.1)),
  simulate("fixed, unequal dropout", 80, 140, 24, medians(9, 0.65), dropout = c(0.25, 0.05)),
  simulate("fixed, 1:2", 90, 120, 24, medians(9, 0.65), ratio = 2),
  simulate("fixed, 1:2 null", 90, 120, 24, medians(9, 1), ratio = 2),
  simulate("fixed, 2:1", 60, 90, 20, medians(6, 0.7), ratio = 0.5),
  simulate("fixed, ramp-up", 90, 120, 30, medians(9, 0.65), accrual_starts = c(0, 6, 12),
           accrual_rates = c(2, 3, 5)),
  simulate("fixed, delayed effect", 90, 120, 24,
           list(control = c(0.077, 0.077), experimental = c(0.077, 0.04)), changes = c(0, 3)),
  simulate("fixed, crossing", 90, 120, 24,
           list(control = c(0.08, 0.08), experimental = c(0.12, 0.04)), changes = c(0, 5)),
  simulate("fixed, waning", 90, 120, 24,
           list(control = c(0.08, 0.08, 0.08), experimental = c(0.04, 0.06, 0.08)),
           changes = c(0, 6, 12)),
  simulate("fixed, Weibull 1.5", 90, 120, 24, medians(9, 0.65), shape = 1.5),
  simulate("three looks, O'Brien-Fleming spending, null", three, 120, 24, medians(9, 1), type = "asOF"),
  simulate("three looks, O'Brien-Fleming spending", three, 120, 24, medians(9, 0.65), type = "asOF"),
  simulate("three looks, Pocock spending", three, 120, 24, medians(9, 0.65), type = "asP"),
  simulate("three looks, O'Brien-Fleming", three, 120, 24, medians(9, 0.65), type = "OF", alpha = 0.025),
  simulate("three looks, Pocock", three, 120, 24, medians(9, 0.6), type = "P", alpha = 0.025),
  simulate("two looks, Hwang-Shih-DeCani", c(60, 120), 180, 30, medians(9, 0.7), type = "asHSD",
           gamma = -4),
  simulate("two looks, Kim-DeMets, dropout", c(40, 80), 120, 24, medians(9, 0.65), type = "asKD",
           gamma = 2, dropout = c(0.1, 0.1)),
  simulate("three looks, binding futility, null", three, 120, 24, medians(9, 1), type = "asOF",
           futility = c(0, 0.5)),
  simulate("three looks, binding futility", three, 120, 24, medians(9, 0.65), type = "asOF",
           futility = c(0, 0.5)),
  simulate("four looks, 1:2, binding futility", c(30, 60, 90, 120), 150, 30, medians(9, 0.65),
           type = "asP", ratio = 2, futility = c(-0.5, 0, 0.5)))
writeLines(toJSON(list(
  source = paste0("rpact ", packageVersion("rpact"), " on ", R.version.string),
  calls = "getSimulationSurvival(getDesignGroupSequential(...)), see rpact_trials.R",
  iterations = iterations, scenarios = found), auto_unbox = TRUE, digits = 10, pretty = 1,
  null = "null", na = "null"), "rpact_trials.json")
