# Makes r_interval_information.json and interval_visits.csv, interval_calendars.csv, interval_calendars_strata.csv. Run in this folder:
#   Rscript r_interval_information.R
# The interval-censored score test by observed information: where all have the same visits by stats::glm (one row for each
# patient and visit: logit for Sun's scores, complementary log-log for Finkelstein's), otherwise by numDeriv's complex-step derivatives
# of the log-likelihood written out, at Turnbull's estimate. The tests read the results; they don't need R.
library(jsonlite)
library(numDeriv)
set.seed(20261121)
simulate <- function(n, every, jitter, strata, ratio) {
  group <- sample(rep(0:1, length.out = n)); stratum <- sample(strata, n, TRUE) - 1
  latent <- rexp(n, 0.08 * ratio^group * (1 + 0.5 * stratum)); left <- runif(n, 6, 30)
  lower <- upper <- numeric(n)
  for (i in 1:n) {
    visits <- (1:30) * every[group[i] + 1] + round(runif(30, -jitter, jitter), 3)
    visits <- visits[visits <= left[i]]
    seen <- which(visits >= latent[i])
    lower[i] <- max(0, visits[visits < latent[i]]); upper[i] <- if (length(seen)) visits[seen[1]] else Inf
  }
  data.frame(lower, upper, group, stratum)[lower > 0 | is.finite(upper), ]
}
turnbull <- function(lower, upper) {
  marks <- rbind(data.frame(at = lower, kind = 1), data.frame(at = upper, kind = 0))
  marks <- marks[order(marks$at, marks$kind), ]
  inner <- which(diff(marks$kind) == -1)
  from <- marks$at[inner]; to <- marks$at[inner + 1]
  A <- outer(seq_along(lower), seq_along(from), function(i, j) 1 * (lower[i] <= from[j] & to[j] <= upper[i]))
  p <- rep(1 / length(from), length(from))
  for (step in 1:2000000) {
    following <- p * as.numeric(crossprod(A, 1 / (A %*% p))) / length(lower)
    if (max(abs(following - p)) < 1e-16) break
    p <- following
  }
  kept <- p > 1e-7
  list(A = A[, kept, drop = FALSE], p = p[kept] / sum(p[kept]))
}
models <- list(
  sun = function(s, beta) { before <- c(1, s[-length(s)]); odds <- (1 - s / before) / (s / before); cumprod(1 / (1 + odds * exp(beta))) },
  finkelstein = function(s, beta) s^exp(beta))
one_stratum <- function(d, model) {
  fit <- turnbull(d$lower, d$upper); K <- length(fit$p)
  if (K < 2) return(c(0, 0))
  # Masses as logs of their ratio to the last one: the efficient information doesn't depend on how they are written.
  log_likelihood <- function(x) {
    p <- exp(c(x[-1], 0)); s <- 1 - cumsum(p / sum(p))[-K]
    mass <- function(s) -diff(c(1, s, 0))
    control <- mass(s); treated <- mass(models[[model]](s, x[1]))
    sum(log(ifelse(d$group == 1, fit$A %*% treated, fit$A %*% control)))
  }
  x <- c(0, log(fit$p[-K] / fit$p[K]))
  for (polish in 1:3) x[-1] <- x[-1] + solve(-hessian(log_likelihood, x, "complex")[-1, -1], grad(log_likelihood, x, "complex")[-1])
  g <- grad(log_likelihood, x, "complex"); h <- -hessian(log_likelihood, x, "complex")
  stopifnot(max(abs(g[-1])) < 1e-9)
  c(g[1], h[1, 1] - h[1, -1] %*% solve(h[-1, -1], h[-1, 1]))
}
by_derivatives <- function(d) lapply(c(sun = "sun", finkelstein = "finkelstein"), function(model) {
  parts <- sapply(split(d, d$stratum), one_stratum, model = model)
  list(score = sum(parts[1, ]), information = sum(parts[2, ]))
})
by_glm <- function(d, link) {
  parts <- sapply(split(d, d$stratum), function(part) {
    until <- ifelse(is.finite(part$upper), part$upper, part$lower)
    rows <- do.call(rbind, lapply(seq_len(nrow(part)), function(i) {
      visit <- seq(2, until[i], by = 2)
      data.frame(visit = factor(visit), group = part$group[i], event = as.integer(visit == until[i] & is.finite(part$upper[i])))
    }))
    share <- ave(rows$event, rows$visit); rows <- rows[share > 0 & share < 1, ]  # other visits tell nothing
    tight <- glm.control(epsilon = 1e-15, maxit = 100)
    null <- glm(event ~ 0 + visit, binomial(link), rows, control = tight)
    x <- model.matrix(~ 0 + visit + group, droplevels(rows)); start <- c(coef(null), 0)
    inverse <- list(logit = function(x) 1 / (1 + exp(-x)), cloglog = function(x) 1 - exp(-exp(x)))[[link]]
    whole <- function(b) { p <- inverse(x %*% b); sum(log(ifelse(rows$event == 1, p, 1 - p))) }
    k <- length(start); stopifnot(max(abs(grad(whole, start, "complex")[-k])) < 1e-9)
    h <- -hessian(whole, start, "complex")
    c(grad(whole, start, "complex")[k], h[k, k] - h[k, -k] %*% solve(h[-k, -k], h[-k, k]))
  })
  list(score = sum(parts[1, ]), information = sum(parts[2, ]))
}
visits <- simulate(90, c(2, 2), 0, 2, 0.7)
calendars <- simulate(100, c(2.76, 1.84), 0.25, 1, 0.7)
split_calendars <- simulate(120, c(6, 1.5), 0, 2, 0.8)
write.csv(visits, "interval_visits.csv", row.names = FALSE, quote = FALSE)
write.csv(calendars, "interval_calendars.csv", row.names = FALSE, quote = FALSE)
write.csv(split_calendars, "interval_calendars_strata.csv", row.names = FALSE, quote = FALSE)
cosmesis <- read.csv("interval_cosmesis.csv"); cosmesis$stratum <- 0
lung <- read.csv("interval_lung.csv"); lung$group <- lung$group - 1; lung$stratum <- 0
lung <- lung[lung$lower < lung$upper, ]
result <- list(source = paste0(R.version.string, ", stats, numDeriv ", packageVersion("numDeriv"), " (GPL-2), jsonlite ", packageVersion("jsonlite"), "; visits, calendars and calendars_strata simulated here, the others as in r_interval.json, lung without its exact times"),
  calls = c("glm(event ~ 0 + visit, binomial('logit' or 'cloglog')), observed information by hessian(method = 'complex')", "hessian() and grad(), method = 'complex', of the interval-censored log-likelihood at Turnbull's estimate"),
  glm = list(sun = by_glm(visits, "logit"), finkelstein = by_glm(visits, "cloglog")),
  visits = by_derivatives(visits), calendars = by_derivatives(calendars), calendars_strata = by_derivatives(split_calendars), cosmesis = by_derivatives(cosmesis), lung = by_derivatives(lung))
write(toJSON(result, digits = I(16), auto_unbox = TRUE), "r_interval_information.json")
