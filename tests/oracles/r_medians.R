# Makes r_medians.json from R's survival package, of survival_*.csv. Run in this folder:
#   Rscript r_medians.R
# The tests read the results; they don't need R.
library(survival)
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", format(x, digits = 17, trim = TRUE, scientific = FALSE)), collapse = ", "), "]")
field <- function(name, value) paste0('"', name, '": ', value)
band <- function(fit) { q <- quantile(fit, 0.5); unname(c(q$quantile, q$lower, q$upper)) }
# Event times at which the pointwise band holds one half: those not refused as the median.
events <- function(fit) range(fit$time[which(fit$n.event > 0 & fit$lower <= 0.5 & fit$upper >= 0.5)])
one <- function(data) {
  d <- read.csv(paste0("survival_", data, ".csv"))
  kinds <- sapply(c("plain", "log", "log-log"), function(kind) {
    fit <- survfit(Surv(time, event) ~ 1, data = d, conf.type = kind)
    back <- survfit(Surv(time, 1 - event) ~ 1, data = d, conf.type = kind)
    paste0('    "', kind, '": {', field("band", num(band(fit))), ", ", field("events", num(events(fit))), ", ",
           field("follow_up", num(band(back))), "}")
  })
  paste0('  "', data, '": {\n', paste(kinds, collapse = ",\n"), "\n  }")
}
calls <- c(
  'fit <- survfit(Surv(time, event) ~ 1, conf.type = \\"plain\\", \\"log\\" and \\"log-log\\")', 'band: quantile(fit, 0.5)',
  'events: range(fit$time[which(fit$n.event > 0 & fit$lower <= 0.5 & fit$upper >= 0.5)])',
  'follow_up: quantile(survfit(Surv(time, 1 - event) ~ 1, conf.type = ...), 0.5)')
writeLines(c("{", paste0('  "source": "', R.version.string, ', survival ', packageVersion("survival"), ' (LGPL-2 or later); data sets veteran, lung and pbc as in survival_*.csv",'),
  paste0('  "calls": [', paste0('"', calls, '"', collapse = ", "), "],"),
  paste(sapply(c("veteran", "lung", "pbc"), one), collapse = ",\n"), "}"), "r_medians.json")
