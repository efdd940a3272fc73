# Makes r_competing.json and its data sets from R's survival, cmprsk and etm packages. Run in this folder:
#   Rscript r_competing.R
# The tests read the results; they don't need R.
library(survival)
library(cmprsk)
library(etm)
library(jsonlite)
data_sets <- list(
  # Months to progression (1) or death before it (2); ties are frequent.
  mgus2 = with(mgus2, data.frame(entry = 0, time = ifelse(pstat == 1, ptime, futime), cause = ifelse(pstat == 1, 1, 2 * death), group = as.integer(sex), stratum = as.integer(age > 70))),
  # Days to transplant (1) or death (2), from a delayed entry that is made up: every third patient
  # comes on a day that follows from the row.
  pbc = with(pbc, data.frame(entry = ifelse(id %% 3 == 0, id %% 90, 0) * (time > 100), time = time, cause = status, group = edema * 2 + 1, stratum = ascites))
)
data_sets$pbc$stratum[is.na(data_sets$pbc$stratum)] <- 2
limits <- c("plain", "log", "log-log")
at <- list(mgus2 = c(12, 60, 120, 300), pbc = c(200, 1000, 3000))
curves <- function(d) {
  d$state <- factor(d$cause, 0:2, c("censored", "1", "2"))
  out <- list()
  for (type in limits) {
    fit <- survfit(Surv(time, state) ~ 1, data = d, conf.type = type, timefix = FALSE)
    kept <- seq(1, length(fit$time), length.out = 40)
    kept <- unique(round(kept))
    kept <- kept[rowSums(fit$n.event[kept, , drop = FALSE]) > 0]
    out[[type]] <- list(lower = fit$lower[kept, 2:3], upper = fit$upper[kept, 2:3])
  }
  out$time <- fit$time[kept]; out$at_risk <- fit$n.risk[kept, 1]; out$events <- fit$n.event[kept, 2:3]
  out$incidence <- fit$pstate[kept, 2:3]; out$std_error <- fit$std.err[kept, 2:3]; out$event_free <- fit$pstate[kept, 1]
  out
}
# With delayed entry survfit's infinitesimal jackknife isn't Greenwood's variance, which etm has.
late <- function(d, at) {
  rows <- with(d, data.frame(id = seq_along(time), from = 0, to = ifelse(cause == 0, "cens", cause), entry = entry, exit = time))
  possible <- matrix(FALSE, 3, 3)
  possible[1, 2:3] <- TRUE
  fit <- etm(rows, c("0", "1", "2"), possible, "cens", 0)
  row <- sapply(at, function(t) max(which(fit$time <= t)))
  list(incidence = t(fit$est[1, 2:3, row]), variance = cbind(fit$cov["0 1", "0 1", row], fit$cov["0 2", "0 2", row]), event_free = unname(fit$est[1, 1, row]))
}
gray <- function(d, ...) { test <- cuminc(d$time, d$cause, d$group, ...)$Tests; list(chi_squared = unname(test[, "stat"]), p = unname(test[, "pv"]), df = unname(test[, "df"])) }
one <- function(name) {
  d <- data_sets[[name]]
  write.csv(d, paste0("competing_", name, ".csv"), row.names = FALSE, quote = FALSE)
  points <- timepoints(cuminc(d$time, d$cause), at[[name]])
  list(curves = curves(d), late = late(d, at[[name]]), at = at[[name]], cuminc = t(points$est), cuminc_variance = t(points$var),
    gray = gray(d), gray_rho = gray(d, rho = 1), gray_stratified = gray(d, strata = d$stratum))
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), cmprsk ", packageVersion("cmprsk"),
    " (GPL-2 or later), etm ", packageVersion("etm"), " (MIT), jsonlite ", packageVersion("jsonlite"), "; data sets mgus2 (Kyle et al. 2002) and pbc (Therneau and Grambsch 2000) as shipped with survival"),
  calls = c("survfit(Surv(time, state) ~ 1, conf.type = plain, log, log-log, timefix = FALSE), some rows",
    "etm(data.frame(id, from, to, entry, exit), states, possible, 'cens', 0)",
    "timepoints(cuminc(time, cause), at)", "cuminc(time, cause, group, rho = 0 and 1, strata)$Tests"))
for (name in names(data_sets)) result[[name]] <- one(name)
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null", pretty = FALSE), "r_competing.json")
