# Maximum likelihood of accelerated failure time models on many patients: survival::survreg.
# Data: survival::rotterdam, deaths of 2,982 women with breast cancer (Royston and Altman 2013).
# Run in this folder: Rscript r_survreg.R
library(survival)
library(jsonlite)

rows <- with(rotterdam, data.frame(
  time = round(dtime / 30.4375, 4), event = death,
  age = (age - 55) / 10, nodes = log1p(nodes) - 1, hormon = hormon))
write.csv(rows, "survreg_rotterdam.csv", row.names = FALSE, quote = FALSE)
rows <- read.csv("survreg_rotterdam.csv")

fitted <- function(dist) {
  found <- survreg(Surv(time, event) ~ age + nodes + hormon, data = rows, dist = dist)
  errors <- sqrt(diag(vcov(found)))
  list(coefficients = as.list(coef(found)), errors = as.list(errors), scale = found$scale,
       log_likelihood = found$loglik[2])
}
result <- list(
  source = paste0("R ", getRversion(), ", survival ", packageVersion("survival")),
  calls = "survreg(Surv(time, event) ~ age + nodes + hormon, dist = ...)",
  weibull = fitted("weibull"), exponential = fitted("exponential"),
  loglogistic = fitted("loglogistic"), lognormal = fitted("lognormal"))
write_json(result, "r_survreg.json", auto_unbox = TRUE, digits = 10, pretty = TRUE)
