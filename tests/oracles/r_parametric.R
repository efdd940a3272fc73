# Makes r_parametric.json: log survival and log density of parametric distributions from base R
# and VGAM. Run in this folder:
#   Rscript r_parametric.R
# The tests read the results; they don't need R.
suppressMessages({library(VGAM); library(jsonlite)})
times <- c(1e-8, 0.01, 0.5, 3, 9, 20, 60, 1e3, 1e6)
log_survival_density <- function(survival, density) list(log_survival = survival, log_density = density)
# Generalised gamma: q^-2 * exp(q * (log(t) - mu) / sigma) is gamma distributed with shape q^-2.
gengamma <- function(mu, sigma, q) {
  x <- exp(q * (log(times) - mu) / sigma) / q^2
  list(parameters = c(mu, sigma, q),
    log_survival = pgamma(x, q^-2, lower.tail = q < 0, log.p = TRUE),
    log_density = dgamma(x, q^-2, log = TRUE) + log(x * abs(q) / (sigma * times)))
}
lognormal <- function(mu, sigma) list(parameters = c(mu, sigma),
  log_survival = plnorm(times, mu, sigma, lower.tail = FALSE, log.p = TRUE), log_density = dlnorm(times, mu, sigma, log = TRUE))
loglogistic <- function(shape, scale) list(parameters = c(shape, scale),
  log_survival = plogis(log(times), log(scale), 1 / shape, lower.tail = FALSE, log.p = TRUE),
  log_density = dlogis(log(times), log(scale), 1 / shape, log = TRUE) - log(times))
gompertz <- function(shape, rate) list(parameters = c(shape, rate),
  log_survival = VGAM::pgompertz(times, scale = shape, shape = rate, lower.tail = FALSE, log.p = TRUE),
  log_density = VGAM::dgompertz(times, scale = shape, shape = rate, log = TRUE))
result <- list(
  source = paste0(R.version.string, ", VGAM ", packageVersion("VGAM"), " (GPL-2 or later), jsonlite ", packageVersion("jsonlite")),
  calls = c("pgamma(q^-2 * exp(q * (log(t) - mu) / sigma), q^-2, lower.tail = q < 0, log.p = TRUE)",
    "plnorm(t, mu, sigma, lower.tail = FALSE, log.p = TRUE)", "plogis(log(t), log(scale), 1 / shape, lower.tail = FALSE, log.p = TRUE)",
    "VGAM::pgompertz(t, scale = shape, shape = rate, lower.tail = FALSE, log.p = TRUE)"),
  times = times,
  GeneralisedGamma = list(gengamma(2.2, 0.9, 0.6), gengamma(2.2, 0.9, -0.6), gengamma(3.1, 1.3, 1.7), gengamma(3.1, 1.3, -2.5), gengamma(1.5, 0.5, 0.05), gengamma(1.5, 0.5, -0.05), gengamma(2.5, 0.7, 2.9)),
  LogNormal = list(lognormal(2.2, 0.6), lognormal(3.1, 1.3), lognormal(0, 2.5)),
  LogLogistic = list(loglogistic(0.8, 9), loglogistic(2.1, 30), loglogistic(6, 4)),
  Gompertz = list(gompertz(0.03, 0.05), gompertz(0.2, 0.01), gompertz(5e-4, 0.03)))
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "string", pretty = TRUE), "r_parametric.json")
