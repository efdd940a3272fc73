# Makes r_analyses.json and the trials analyses_*.csv from R's survival and mvtnorm. Run in this folder:
#   Rscript r_analyses.R
# The tests read the results; they don't need R. Weights other than survdiff's (gamma above 0, modest, steps) are
# made here of survfit's estimate in each stratum, the sums by hand: double programming.
library(survival)
library(mvtnorm)
library(jsonlite)
set.seed(20261121)
one_trial <- function(n, strata, digits, ratio) {
  arm <- sample(rep(0:1, length.out = n)); stratum <- sample(strata, n, TRUE) - 1
  latent <- rweibull(n, 1.3, 11 * ratio^(-arm / 1.3) / (1 + 0.4 * stratum)); left <- runif(n, 4, 34)
  time <- pmin(latent, left)
  if (!is.na(digits)) time <- round(time, digits) + 1
  data.frame(time, event = as.integer(latent <= left), arm, stratum)
}
trials <- list(untied = one_trial(120, 1, NA, 0.65), strata = one_trial(150, 4, NA, 0.7), tied = one_trial(120, 3, 0, 0.6), small = one_trial(24, 2, 0, 0.9))
before <- function(d) {
  fit <- survfit(Surv(time, event) ~ 1, d, timefix = FALSE)
  rows <- fit$n.event > 0
  list(time = fit$time[rows], before = c(1, fit$surv)[seq_along(fit$surv)][rows], at = fit$surv[rows])
}
weights_of <- list(
  fh01 = function(b) 1 - b$before, fh11 = function(b) b$before * (1 - b$before), fh05 = function(b) sqrt(b$before) * sqrt(1 - b$before),
  fh00 = function(b) rep(1, length(b$time)), fh10 = function(b) b$before,
  modest6 = function(b) { least <- c(1, b$at)[sum(b$time <= 6) + 1]; 1 / pmax(b$before, least) },
  modest2 = function(b) 1 / pmax(b$before, 0.5), late5 = function(b) as.numeric(b$time > 5), early5 = function(b) as.numeric(b$time <= 5))
sums <- function(d, kinds) {
  score <- information <- numeric(length(kinds)); covariance <- matrix(0, length(kinds), length(kinds))
  for (part in split(d, d$stratum)) {
    b <- before(part)
    w <- sapply(weights_of[kinds], function(f) f(b)); w <- matrix(w, ncol = length(kinds))
    for (k in seq_along(b$time)) {
      risk <- part$time >= b$time[k]; dead <- part$time == b$time[k] & part$event == 1
      n <- sum(risk); n1 <- sum(risk & part$arm == 1); d0 <- sum(dead)
      excess <- sum(dead & part$arm == 1) - d0 * n1 / n
      v <- if (n > 1) d0 * n1 * (n - n1) * (n - d0) / (n^2 * (n - 1)) else 0
      score <- score + w[k, ] * excess; information <- information + w[k, ] * v
      covariance <- covariance + outer(w[k, ], w[k, ]) * v
    }
  }
  list(z = -score / sqrt(diag(covariance)), estimate = score / information, error = sqrt(diag(covariance)) / information, correlation = cov2cor(covariance))
}
survdiff_z <- function(d, rho, strata) {
  f <- if (strata) Surv(time, event) ~ arm + strata(stratum) else Surv(time, event) ~ arm
  fit <- survdiff(f, d, rho = rho)
  observed <- rbind(fit$obs); expected <- rbind(fit$exp)
  if (strata && is.matrix(fit$obs)) { excess <- sum(fit$obs[2, ] - fit$exp[2, ]) } else excess <- fit$obs[2] - fit$exp[2]
  -excess / sqrt(fit$var[2, 2])
}
cox_of <- function(d, ties, strata, bound) {
  f <- if (strata) Surv(time, event) ~ arm + strata(stratum) else Surv(time, event) ~ arm
  tight <- coxph.control(eps = 1e-15, toler.chol = 1e-15, iter.max = 60, timefix = FALSE)
  fit <- coxph(f, d, ties = ties, control = tight)
  score_at <- function(b) {
    here <- suppressWarnings(coxph(f, d, ties = ties, init = b, control = coxph.control(iter.max = 0, timefix = FALSE)))
    sum(residuals(here, "schoenfeld")) * sqrt(here$var[1, 1])
  }
  error <- sqrt(fit$var[1, 1]); z <- qnorm(0.975)
  end <- function(target, from, to) uniroot(function(b) score_at(b) - target, unname(c(from, to)), tol = 1e-13, maxiter = 2000)$root
  list(ties = ties, strata = strata, bound = bound, estimate = unname(coef(fit)), error = error, score = -score_at(log(bound)),
    lower = end(z, coef(fit) - 5 * error, coef(fit)), upper = end(-z, coef(fit), coef(fit) + 5 * error))
}
curves_of <- function(d, until) {
  fit <- survfit(Surv(time, event) ~ arm, d, timefix = FALSE)
  means <- summary(fit, rmean = until)$table
  at <- summary(fit, times = until, extend = TRUE)
  list(until = until, mean = unname(means[, "rmean"]), mean_error = unname(means[, "se(rmean)"]), survival = at$surv, survival_error = at$std.err)
}
combos <- list(two = c("fh00", "fh01"), three = c("fh00", "fh10", "fh01"), four = c("fh00", "fh10", "fh01", "fh11"), other = c("fh00", "fh05", "fh11", "modest6"))
p_largest <- function(found) {
  size <- length(found$z); z <- rep(max(found$z), size)
  singular <- min(eigen(found$correlation, TRUE, TRUE)$values) < 1e-6
  how <- if (size <= 3) TVPACK(abseps = 1e-14) else if (singular) GenzBretz(maxpts = 2e7, abseps = 1e-9, releps = 0) else Miwa(steps = 4097)
  set.seed(1)
  below <- pmvnorm(upper = z, corr = found$correlation, algorithm = how)
  list(p = 1 - as.numeric(below), error = attr(below, "error"), largest = max(found$z), which = which.max(found$z) - 1)
}
one <- function(name) {
  d <- trials[[name]]
  write.csv(d, paste0("analyses_", name, ".csv"), row.names = FALSE, quote = FALSE)
  kinds <- names(weights_of)
  grid <- expand.grid(bound = c(1, 0.8), strata = c(FALSE, TRUE), ties = c("efron", "breslow"), stringsAsFactors = FALSE)
  list(survdiff = lapply(c(FALSE, TRUE), function(s) sapply(c(0, 0.5, 1), function(r) survdiff_z(d, r, s))),
    weighted = c(list(kind = kinds), sums(d, kinds)[1:3]),
    combos = lapply(combos, function(k) c(list(kinds = k), p_largest(sums(d, k)))),
    cox = do.call(mapply, c(list(FUN = function(bound, strata, ties) cox_of(d, ties, strata, bound), SIMPLIFY = FALSE, USE.NAMES = FALSE), grid)),
    curves = lapply(c(4, 9, 12), function(t) curves_of(d, t)))
}
orthants <- lapply(list(c(0.3, -0.2, 0.5), c(0.9, 0.8, 0.95), c(0.99, 0.98, 0.995), c(-0.4, -0.3, -0.2), c(0.7071067811865476, 0.7071067811865476, 0)), function(r) {
  m <- diag(3); m[lower.tri(m)] <- r; m[upper.tri(m)] <- t(m)[upper.tri(m)]
  z <- c(-1, 0, 1.2, 2.5, 4)
  list(correlation = m, z = z, below = sapply(z, function(x) as.numeric(pmvnorm(upper = rep(x, 3), corr = m, algorithm = TVPACK(abseps = 1e-14)))))
})
quadruple <- diag(4); quadruple[lower.tri(quadruple)] <- c(0.8, 0.6, 0.5, 0.7, 0.4, 0.9); quadruple[upper.tri(quadruple)] <- t(quadruple)[upper.tri(quadruple)]
fours <- list(correlation = quadruple, z = c(-1, 0, 1.2, 2.5), below = sapply(c(-1, 0, 1.2, 2.5), function(x) as.numeric(pmvnorm(upper = rep(x, 4), corr = quadruple, algorithm = Miwa(steps = 4097)))))
pairs <- data.frame(h = c(-1, 0.5, 2, 1, -2, 0.3, 1.5), k = c(0.3, 0.5, -1, 1.2, -2.2, -0.4, 1.4), r = c(0.2, -0.6, 0.95, 0.999, 0.93, -0.97, 0.9999999))
pairs$below <- mapply(function(h, k, r) as.numeric(pmvnorm(upper = c(h, k), corr = matrix(c(1, r, r, 1), 2), algorithm = TVPACK(abseps = 1e-14))), pairs$h, pairs$k, pairs$r)
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), mvtnorm ", packageVersion("mvtnorm"), " (GPL-2), jsonlite ", packageVersion("jsonlite"), "; trials simulated here"),
  calls = c("survdiff(Surv(time, event) ~ arm [+ strata(stratum)], rho)", "coxph(Surv(time, event) ~ arm [+ strata(stratum)], ties), score at a bound by init and iter.max = 0, interval's ends by uniroot",
    "summary(survfit(Surv(time, event) ~ arm), rmean = until)$table, summary(survfit, times = until)", "pmvnorm(upper, corr, algorithm = TVPACK(1e-14), Miwa(4097) or GenzBretz(2e7, 1e-9))"),
  orthants = orthants, fours = fours, pairs = pairs)
for (name in names(trials)) result[[name]] <- one(name)
write(toJSON(result, digits = I(16), auto_unbox = TRUE, na = "null", null = "null"), "r_analyses.json")
