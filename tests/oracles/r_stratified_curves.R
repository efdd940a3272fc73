# Makes r_stratified_curves.json. Run in this folder:
#   Rscript r_stratified_curves.R
# Differences of restricted means and of survivals within strata, each from survival's survfit of that stratum alone, put
# together here by three kinds of weights. The tests read the results; they don't need R.
library(survival)
library(jsonlite)
one <- function(part, until, truncated) {
  arms <- split(part, factor(part$arm, 0:1))
  if (any(sapply(arms, nrow) == 0)) return(NULL)
  fits <- lapply(arms, function(a) survfit(Surv(time, event) ~ 1, a, timefix = FALSE))
  at <- function(t) lapply(fits, function(f) summary(f, times = t, extend = TRUE))
  ends <- mapply(function(a, s) if (s$surv > 0) max(a$time) else Inf, arms, at(until))
  if (min(ends) < until && !truncated) return(NULL)
  horizon <- min(until, ends)
  # survfit refuses a horizon before the first time: the curve is at 1 until then.
  means <- lapply(fits, function(f) if (horizon < min(f$time)) list(rmean = horizon, "se(rmean)" = 0) else summary(f, rmean = horizon)$table)
  heights <- at(until)
  n <- sapply(arms, nrow)
  list(n = n, mean = sapply(means, function(m) m[["rmean"]]), mean_variance = sapply(means, function(m) m[["se(rmean)"]])^2,
    survival = sapply(heights, function(s) s$surv), survival_variance = sapply(heights, function(s) if (s$surv == 0) 0 else s$std.err)^2, horizon = horizon)
}
combine <- function(parts, all, difference, variance, values, kind) {
  v <- sapply(parts, variance)
  w <- sapply(parts, function(p) switch(kind, size = sum(p$n), arms = prod(p$n) / sum(p$n), precision = 1 / variance(p)))
  kept <- is.finite(w) & is.finite(v); w <- w[kept]; v <- v[kept]
  if (!length(w)) return(NULL)
  list(estimate = sum(w * sapply(parts[kept], difference)) / sum(w), error = sqrt(sum(w^2 * v)) / sum(w),
    values = unname(colSums(w * t(sapply(parts[kept], values))) / sum(w)), left_out = 1 - sum(sapply(parts[kept], function(p) sum(p$n))) / all)
}
log_log <- function(s) log(-log(s))
cases <- list()
for (name in c("strata", "tied", "small")) for (until in c(4, 9, 12, 20)) {
  d <- read.csv(paste0("analyses_", name, ".csv"))
  if (name == "small") d$stratum[1] <- 2  # a patient alone in a stratum
  split_up <- function(truncated) Filter(Negate(is.null), lapply(split(d, d$stratum), one, until = until, truncated = truncated))
  strict <- split_up(FALSE); loose <- split_up(TRUE)
  for (kind in c("size", "arms", "precision")) {
    cases[[length(cases) + 1]] <- list(trial = name, until = until, kind = kind,
      mean = combine(strict, nrow(d), function(p) diff(p$mean), function(p) sum(p$mean_variance), function(p) p$mean, kind),
      truncated = c(combine(loose, nrow(d), function(p) diff(p$mean), function(p) sum(p$mean_variance), function(p) p$mean, kind), shortest = min(sapply(loose, function(p) p$horizon))),
      plain = combine(strict, nrow(d), function(p) diff(p$survival), function(p) sum(p$survival_variance), function(p) p$survival, kind),
      log_log = combine(strict, nrow(d), function(p) diff(log_log(p$survival)),
        function(p) sum(p$survival_variance / (p$survival * log(p$survival))^2), function(p) p$survival, kind))
  }
}
result <- list(source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"), "; trials of r_analyses.R, in 'small' the first patient's stratum is 2"),
  calls = c("summary(survfit(Surv(time, event) ~ 1), rmean = until)$table", "summary(survfit, times = until, extend = TRUE)"), cases = cases)
write(toJSON(result, digits = I(16), auto_unbox = TRUE, na = "null", null = "null"), "r_stratified_curves.json")
