# Makes r_survival.json and its data sets from R's survival package. Run in this folder:
#   Rscript r_survival.R
# The tests read the results; they don't need R.
library(survival)
data_sets <- list(
  ovarian = with(ovarian, data.frame(time = futime, event = fustat, group = rx, stratum = resid.ds)),
  veteran = with(veteran, data.frame(time = time, event = status, group = as.integer(celltype), stratum = trt))
)
num <- function(x) paste0("[", paste(ifelse(is.na(x), "null", format(x, digits = 17, trim = TRUE, scientific = FALSE)), collapse = ", "), "]")
field <- function(name, value) paste0('"', name, '": ', value)
one <- function(name, d) {
  write.csv(d, paste0("survival_", name, ".csv"), row.names = FALSE, quote = FALSE)
  fit <- survfit(Surv(time, event) ~ 1, data = d, conf.type = "plain")
  kept <- fit$n.event > 0
  rmean <- function(...) unname(survival:::survmean(fit, ...)$matrix[c("rmean", "se(rmean)", "*rmean", "*se(rmean)")])
  mean_of <- function(until) { m <- survival:::survmean(fit, rmean = until)$matrix; unname(m[grep("rmean", names(m))]) }
  med <- summary(fit)$table[c("median", "0.95LCL", "0.95UCL")]
  log_log <- summary(survfit(Surv(time, event) ~ 1, data = d, conf.type = "log-log"))$table[c("median", "0.95LCL", "0.95UCL")]
  at <- summary(fit, times = 400)
  lr <- survdiff(Surv(time, event) ~ group, data = d)
  st <- survdiff(Surv(time, event) ~ group + strata(stratum), data = d)
  groups <- sort(unique(d$group))
  by <- sapply(groups, function(g) summary(survfit(Surv(time, event) ~ 1, data = d[d$group == g, ], conf.type = "plain"))$table[c("median", "0.95LCL", "0.95UCL")])
  paste0('  "', name, '": {\n    ', paste(c(
    field("time", num(fit$time[kept])), field("at_risk", num(fit$n.risk[kept])),
    field("survival", num(fit$surv[kept])), field("std_error", num((fit$std.err * fit$surv)[kept])),
    field("median", num(med)), field("median_log_log", num(log_log)), field("group_medians", paste0("[", paste(apply(by, 2, num), collapse = ", "), "]")),
    field("mean", num(mean_of("individual"))), field("mean_until_300", num(mean_of(300))),
    field("rate_at_400", num(c(at$surv, at$std.err, at$lower, at$upper))),
    field("log_rank", num(c(lr$chisq, length(lr$n) - 1))), field("expected", num(lr$exp)),
    field("stratified", num(c(st$chisq, nrow(st$exp) - 1)))), collapse = ",\n    "), "\n  }")
}
calls <- c(
  'survfit(Surv(time, event) ~ 1, conf.type = \\"plain\\" and \\"log-log\\")', 'summary(fit)$table', 'print(fit, rmean = \\"individual\\" and 300)',
  'summary(fit, times = 400)', 'survdiff(Surv(time, event) ~ group)', 'survdiff(Surv(time, event) ~ group + strata(stratum))')
writeLines(c("{", paste0('  "source": "', R.version.string, ', survival ', packageVersion("survival"), ' (LGPL-2 or later); data sets ovarian (Edmunson et al. 1979) and veteran (Kalbfleisch and Prentice) as shipped with it",'),
  paste0('  "calls": [', paste0('"', calls, '"', collapse = ", "), "],"),
  paste(mapply(one, names(data_sets), data_sets), collapse = ",\n"), "}"), "r_survival.json")
