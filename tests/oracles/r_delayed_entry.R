# Makes r_delayed_entry.json and its data sets from R's survival package. Run in this folder:
#   Rscript r_delayed_entry.R
# The tests read the results; they don't need R.
library(survival)
library(jsonlite)
limits <- c("plain", "log", "log-log")
stanford <- with(heart, data.frame(entry = start, time = stop, event = event, group = as.integer(transplant), stratum = surgery))
# Ages in whole years, so that events, entries and exits are tied.
mgus <- with(mgus2, data.frame(entry = age, time = age + ceiling(futime / 12) + 1, event = death, group = as.integer(sex), stratum = as.integer(!is.na(hgb) & hgb < 12)))
# The youngest are few: from 60 on the risk set isn't exhausted.
data_sets <- list(heart = stanford, mgus2 = mgus)
after <- c(heart = 30, mgus2 = 60)
until <- c(heart = 1000, mgus2 = 90)
at <- list(heart = c(35, 100, 400.5), mgus2 = c(65, 75.5, 85))
survmean <- function(fit, ...) unname(survival:::survmean(fit, ...)$matrix[c("rmean", "se(rmean)")])
curve <- function(d, from) {
  surv <- with(d, Surv(entry, time, event))
  out <- list()
  for (type in limits) {
    fit <- survfit(surv ~ 1, conf.type = type, start.time = from, timefix = FALSE)
    kept <- fit$n.event > 0
    out[[type]] <- list(
      median = unname(quantile(fit, 0.5)$quantile), median_lower = unname(quantile(fit, 0.5)$lower), median_upper = unname(quantile(fit, 0.5)$upper),
      lower = fit$lower[kept], upper = fit$upper[kept])
  }
  out$time <- fit$time[kept]; out$at_risk <- fit$n.risk[kept]; out$events <- fit$n.event[kept]
  out$survival <- fit$surv[kept]; out$std_error <- (fit$surv * fit$std.err)[kept]
  out
}
one <- function(name) {
  d <- data_sets[[name]]
  write.csv(d, paste0("entry_", name, ".csv"), row.names = FALSE, quote = FALSE)
  fit <- survfit(Surv(entry, time, event) ~ 1, data = d, start.time = after[[name]], conf.type = "plain", timefix = FALSE)
  rate <- summary(fit, times = at[[name]])
  list(
    after = after[[name]], curve = curve(d, after[[name]]),
    at = at[[name]], rate = rate$surv, rate_std_error = rate$std.err, rate_lower = rate$lower, rate_upper = rate$upper,
    mean_until = until[[name]], mean = survmean(fit, rmean = until[[name]]))
}
# The score test of an exact partial likelihood is the log-rank test with the hypergeometric
# variance. It is out of reach for mgus2, where hundreds share a time.
score <- function(formula) unname(coxph(formula, data = stanford, ties = "exact", iter.max = 0)$score)
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"),
    "; data sets heart (Crowley and Hu 1977) and mgus2 (Kyle et al. 2002) as shipped with survival, mgus2's ages rounded to years"),
  calls = c("survfit(Surv(entry, time, event) ~ 1, conf.type = plain, log, log-log, start.time = after, timefix = FALSE)", "quantile(fit, 0.5)",
    "summary(fit, times = at)", "print(fit, rmean = mean_until)",
    "coxph(Surv(entry, time, event) ~ group + strata(stratum), ties = 'exact', iter.max = 0)$score"))
for (name in names(data_sets)) result[[name]] <- one(name)
result$heart$log_rank <- score(Surv(entry, time, event) ~ group)
result$heart$log_rank_stratified <- score(Surv(entry, time, event) ~ group + strata(stratum))
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "r_delayed_entry.json")
