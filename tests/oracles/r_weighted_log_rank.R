# Makes r_weighted_log_rank.json and survival_lung.csv from R's survival and survMisc packages, on
# the data sets of r_survival.R as well. Run in this folder, after r_survival.R:
#   Rscript r_weighted_log_rank.R
# The tests read the results; they don't need R.
library(survival)
library(survMisc)
library(jsonlite)
wide <- with(lung, data.frame(time = time, event = status - 1, group = pmin(ph.ecog, 2) + 1, stratum = sex))
wide <- wide[!is.na(wide$group), ]
write.csv(wide, "survival_lung.csv", row.names = FALSE, quote = FALSE)
numbers <- function(x) { x <- as.numeric(x); x }
one <- function(name) {
  d <- read.csv(paste0("survival_", name, ".csv"))
  tested <- ten(Surv(time, event) ~ group, data = d)
  capture.output(comp(tested, p = c(0, 1, 0, 1, 0.5), q = c(1, 0, 0.5, 1, 2)))
  all <- as.data.frame(attr(tested, "lrt"))
  rows <- c("1", "n", "sqrtN", "S1", "FH_p=0_q=1", "FH_p=1_q=0", "FH_p=0_q=0.5", "FH_p=1_q=1", "FH_p=0.5_q=2")
  out <- list(chi_squared = numbers(all$chiSq[match(rows, all$W)]), df = numbers(all$df[match(rows, all$W)]))
  if (length(unique(d$group)) > 2) {
    trend <- as.data.frame(attr(tested, "tft")$tft)
    out$trend_z <- numbers(trend$Z[match(rows, trend$W)])
  }
  g_rho <- function(formula) { fit <- survdiff(formula, data = d, rho = 1); list(chi_squared = fit$chisq, observed = unname(rowSums(as.matrix(fit$obs))), expected = unname(rowSums(as.matrix(fit$exp)))) }
  out$rho_1 <- g_rho(Surv(time, event) ~ group)
  out$rho_1_stratified <- g_rho(Surv(time, event) ~ group + strata(stratum))
  exact <- function(formula) { fit <- coxph(formula, data = d, ties = "exact", iter.max = 0); fit$score }
  out$trend_score_test <- unname(exact(Surv(time, event) ~ group))
  out$trend_score_test_stratified <- unname(exact(Surv(time, event) ~ group + strata(stratum)))
  d$dose <- c(0, 1.5, 7, 20)[d$group]
  out$trend_score_test_dose <- unname(exact(Surv(time, event) ~ dose))
  out
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), survMisc ", packageVersion("survMisc"),
    " (GPL-2), jsonlite ", packageVersion("jsonlite"), "; data sets lung (Loprinzi et al. 1994, ECOG 2 and 3 together), ovarian and veteran as shipped with survival"),
  calls = c("survMisc::comp(ten(Surv(time, event) ~ group), p = c(0, 1, 0, 1, 0.5), q = c(1, 0, 0.5, 1, 2))",
    "survdiff(Surv(time, event) ~ group + strata(stratum), rho = 1)", "coxph(Surv(time, event) ~ group + strata(stratum), ties = 'exact', iter.max = 0)$score"),
  weights = c("1", "n", "sqrtN", "S1", "FH_p=0_q=1", "FH_p=1_q=0", "FH_p=0_q=0.5", "FH_p=1_q=1", "FH_p=0.5_q=2"))
for (name in c("lung", "ovarian", "veteran")) result[[name]] <- one(name)
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "r_weighted_log_rank.json")
