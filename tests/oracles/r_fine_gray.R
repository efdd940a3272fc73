# Makes r_fine_gray.json from R's survival and cmprsk packages, on data sets of r_competing.R. Run in this folder:
#   Rscript r_fine_gray.R
# The tests read the results; they don't need R.
library(survival)
library(cmprsk)
library(jsonlite)
options(warn = 2)
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, toler.inf = 1e-7, iter.max = 60)
# A covariate, weights and centres are made by rule; entries of pbc, as in r_competing.R, are too.
read <- function(name) {
  d <- read.csv(paste0("competing_", name, ".csv"))
  row <- seq_len(nrow(d))
  d$x <- ((row * 37) %% 101) / 101 + d$cause / 10
  d$count <- 1 + row %% 3
  d$centre <- row %% 40
  d
}
data_sets <- sapply(c("mgus2", "pbc"), read, simplify = FALSE)
one <- function(name, entry, strata, ties, clusters, counts) {
  d <- data_sets[[name]]
  d$centre <- if (clusters) d$centre else seq_len(nrow(d))
  if (counts) d <- d[rep(seq_len(nrow(d)), d$count), ]
  d$id <- seq_len(nrow(d))
  d$state <- factor(d$cause, 0:2, c("censored", "1", "2"))
  d$y <- if (entry) Surv(d$entry, d$time, d$state) else Surv(d$time, d$state)
  # finegray drops the strata's column; ids bring it back.
  rows <- finegray(if (strata) y ~ group + x + centre + id + strata(stratum) else y ~ group + x + centre + id, d, etype = "1", id = id, timefix = FALSE)
  rows$s <- d$stratum[rows$id]
  formula <- if (strata) Surv(fgstart, fgstop, fgstatus) ~ group + x + strata(s) else Surv(fgstart, fgstop, fgstatus) ~ group + x
  fit <- coxph(formula, rows, weights = fgwt, ties = ties, cluster = centre, control = control)
  curve <- survfit(fit, newdata = data.frame(group = 1, x = 0.5), se.fit = FALSE)
  out <- list(data = name, entry = entry, strata = strata, ties = ties, clusters = clusters, counts = counts,
    coef = unname(coef(fit)), std_error = unname(sqrt(diag(fit$var))), wald = unname(fit$wald.test), log_likelihood = fit$loglik)
  if (!strata) {
    kept <- curve$n.event > 0
    out$time <- curve$time[kept]
    out$incidence <- 1 - curve$surv[kept]
  }
  out
}
asked <- rbind(
  expand.grid(clusters = c(FALSE, TRUE), ties = c("efron", "breslow"), strata = c(FALSE, TRUE), entry = FALSE, counts = FALSE, name = c("mgus2", "pbc"), stringsAsFactors = FALSE),
  expand.grid(clusters = c(FALSE, TRUE), ties = c("efron", "breslow"), strata = c(FALSE, TRUE), entry = TRUE, counts = FALSE, name = "pbc", stringsAsFactors = FALSE),
  data.frame(clusters = TRUE, ties = "breslow", strata = FALSE, entry = c(FALSE, TRUE), counts = TRUE, name = "pbc"))
fits <- mapply(function(clusters, ties, strata, entry, counts, name) one(name, entry, strata, ties, clusters, counts),
  asked$clusters, asked$ties, asked$strata, asked$entry, asked$counts, asked$name, SIMPLIFY = FALSE)
names(fits) <- NULL
# crr takes who has an event for at risk of being censored at the same time; here no times are tied.
untied <- within(data_sets$pbc, time <- time + seq_along(time) / 1024)
crr_fit <- crr(untied$time, untied$cause, cbind(untied$group, untied$x), gtol = 1e-13, maxiter = 50)
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), cmprsk ", packageVersion("cmprsk"), " (GPL-2 or later), jsonlite ", packageVersion("jsonlite"), "; data sets competing_mgus2 and competing_pbc of r_competing.R"),
  calls = c("coxph(Surv(fgstart, fgstop, fgstatus) ~ group + x + strata(s), finegray(Surv(entry, time, state) ~ ... + strata(stratum), id = id, timefix = FALSE), weights = fgwt, ties, cluster)",
    "survfit(fit, newdata = data.frame(group = 1, x = 0.5))", "crr(time + row / 1024, cause, cbind(group, x))"),
  fits = fits, crr = list(coef = unname(crr_fit$coef), std_error = unname(sqrt(diag(crr_fit$var)))))
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null"), "r_fine_gray.json")
