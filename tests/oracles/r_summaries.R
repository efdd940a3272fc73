# Makes r_summaries.json and its data sets from R's survival package. Run in this folder:
#   Rscript r_summaries.R
# The tests read the results; they don't need R.
library(survival)
library(jsonlite)
trial <- with(pbc[1:312, ], data.frame(time = round(time / 365.25, 6), event = as.integer(status == 2), group = as.integer(trt == 1)))
write.csv(trial, "survival_pbc.csv", row.names = FALSE, quote = FALSE)
write.csv(with(aml, data.frame(time = time, event = status)), "survival_aml.csv", row.names = FALSE, quote = FALSE)
limits <- c("plain", "log", "log-log")
# As printed: the first time a limit comes down to 1/2. quantile(fit) says the last where the band
# rises again, which the log scale's upper limit can do (aml: 45 printed, 48 by quantile).
medians <- function(surv, type) unname(summary(survfit(surv ~ 1, conf.type = type))$table[c("median", "0.95LCL", "0.95UCL")])
one <- function(name) {
  d <- read.csv(paste0("survival_", name, ".csv"))
  surv <- with(d, Surv(time, event)); reverse <- with(d, Surv(time, 1 - event))
  at <- unname(quantile(d$time, c(0.2, 0.6), type = 1))
  out <- list(at = at)
  for (type in limits) {
    fit <- survfit(surv ~ 1, conf.type = type); rate <- summary(fit, times = at); kept <- fit$n.event > 0
    out[[type]] <- list(lower = fit$lower[kept], upper = fit$upper[kept], median = medians(surv, type), follow_up = medians(reverse, type),
      rate = rate$surv, rate_std_error = rate$std.err, rate_lower = rate$lower, rate_upper = rate$upper, at_risk = rate$n.risk)
  }
  out
}
arm <- function(group) {
  fit <- survfit(Surv(time, event) ~ 1, data = trial[trial$group == group, ])
  unname(survival:::survmean(fit, rmean = 10)$matrix[c("rmean", "se(rmean)")])
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"),
    "; data sets aml (Miller 1997), lung (Loprinzi et al. 1994), ovarian (Edmunson et al. 1979) and the randomised patients of pbc (Therneau and Grambsch 2000; years, deaths, group 1 penicillamine) as shipped with survival"),
  calls = c("survfit(Surv(time, event) ~ 1, conf.type = plain, log, log-log)", "summary(fit)$table", "the same of Surv(time, 1 - event)",
    "summary(fit, times = at)", "print(fit, rmean = 10) of each arm of pbc", "binom.test(count, patients)$conf.int"))
for (name in c("aml", "lung", "ovarian", "pbc")) result[[name]] <- one(name)
result$mean_until_10 <- list(arm(0), arm(1))
counts <- list(c(0, 9), c(3, 9), c(9, 9), c(13, 59), c(31, 59), c(1, 1000))
result$shares <- lapply(counts, function(x) list(count = x[1], patients = x[2], limits_95 = binom.test(x[1], x[2])$conf.int[1:2], limits_90 = binom.test(x[1], x[2], conf.level = 0.9)$conf.int[1:2]))
write(toJSON(result, digits = I(17), auto_unbox = TRUE, na = "null"), "r_summaries.json")
