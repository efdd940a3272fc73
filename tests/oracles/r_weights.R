# Makes r_weights.json from R's survival package, on the data sets of r_cox.R. Run in this folder:
#   Rscript r_weights.R
# The tests read the results; they don't need R.
library(survival)
library(jsonlite)
options(warn = 2)
limits <- c("plain", "log", "log-log")
# Weights are made by rule: counts, and others as of inverse probabilities.
read <- function(name) {
  d <- read.csv(paste0("cox_", name, ".csv"))
  row <- seq_len(nrow(d))
  d$count <- 1 + row %% 3
  d$share <- 0.4 + ((row * 37) %% 101) / 101
  d$cause <- d$event * (1 + ((row * 7) %% 5 < 2))
  d
}
data_sets <- sapply(c("lung", "veteran", "heart"), read, simplify = FALSE)
until <- list(lung = 20, veteran = 300, heart = 800)
after <- list(lung = 0, veteran = 0, heart = 30)
surv <- function(d, entry) if (entry) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
one_curve <- function(name, weight, entry, robust) {
  d <- data_sets[[name]]
  d$w <- d[[weight]]
  from <- if (entry) 30 else 0
  if (entry) d <- d[d$time >= from, ]
  if (entry) d$entry <- pmax(d$entry, from - 0.5)
  d$y <- surv(d, entry)
  d$belongs <- if (robust == "clusters") d$cluster else seq_len(nrow(d))
  fit_of <- function(type) {
    if (robust == "model") survfit(y ~ 1, d, weights = w, conf.type = type, robust = FALSE, timefix = FALSE)
    else survfit(y ~ 1, d, weights = w, conf.type = type, cluster = belongs, robust = TRUE, timefix = FALSE)
  }
  fit <- fit_of("plain")
  kept <- fit$n.event > 0
  out <- list(data = name, weight = weight, entry = entry, robust = robust, rows = which(data_sets[[name]]$time >= from | !entry) - 1,
    entries = if (entry) d$entry else NULL, time = fit$time[kept], at_risk = fit$n.risk[kept], events = fit$n.event[kept],
    survival = fit$surv[kept], std_error = (fit$std.err * (if (fit$logse) fit$surv else 1))[kept])
  for (type in limits) {
    each <- fit_of(type)
    out[[type]] <- list(lower = each$lower[kept], upper = each$upper[kept], median = unname(summary(each)$table[c("median", "0.95LCL", "0.95UCL")]))
  }
  out$until <- until[[name]]
  matrix <- survival:::survmean(fit, rmean = until[[name]])$matrix
  out$mean <- unname(matrix["rmean"])
  if (robust == "model") out$mean_std_error <- unname(matrix["se(rmean)"])
  else {
    d <<- d  # residuals evaluates the call again
    type <<- "plain"
    residual <- residuals(fit, times = until[[name]], type = "rmst", weighted = TRUE, collapse = FALSE)
    out$mean_std_error <- sqrt(sum(tapply(c(residual), d$belongs, sum)^2))
  }
  out
}
asked <- expand.grid(robust = c("model", "rows", "clusters"), weight = c("count", "share"), name = c("lung", "veteran", "heart"), stringsAsFactors = FALSE)
curves <- mapply(function(robust, weight, name) one_curve(name, weight, name == "heart", robust), asked$robust, asked$weight, asked$name, SIMPLIFY = FALSE)

one_incidence <- function(name, weight, entry, clusters) {
  d <- data_sets[[name]]
  if (entry) { d <- d[d$time >= 30, ]; d$entry <- pmax(d$entry, 29.5) }
  d$w <- if (weight == "none") 1 else d[[weight]]
  d$state <- factor(d$cause, 0:2, c("censored", "1", "2"))
  d$id <- seq_len(nrow(d))
  d$g <- if (clusters) d$cluster else d$id
  d$y <- if (entry) Surv(d$entry, d$time, d$state) else Surv(d$time, d$state)
  # survfit of several states adds up by id whatever the cluster, and counts rows at risk.
  fit <- survfit(y ~ 1, d, weights = w, id = id, influence = TRUE, timefix = FALSE)
  kept <- rowSums(fit$n.event) > 0
  error <- apply(fit$influence.pstate * d$w, 2:3, function(x) sqrt(sum(tapply(x, d$g, sum)^2)))
  if (!clusters) stopifnot(all.equal(unname(error[-1, ]), unname(fit$std.err), tolerance = 1e-10))
  list(data = name, weight = weight, entry = entry, clusters = clusters, rows = which(data_sets[[name]]$time >= 30 | !entry) - 1, entries = if (entry) d$entry else NULL,
    time = fit$time[kept], incidence = fit$pstate[kept, 2:3], std_error = error[-1, ][kept, 2:3])
}
wanted <- expand.grid(clusters = c(FALSE, TRUE), weight = c("none", "count", "share"), name = c("lung", "veteran", "heart"), stringsAsFactors = FALSE)
incidences <- mapply(function(clusters, weight, name) one_incidence(name, weight, name == "heart", clusters), wanted$clusters, wanted$weight, wanted$name, SIMPLIFY = FALSE)

# The log-rank test: of counts that of so many rows; robust the score test of a Cox regression.
groups <- list(lung = "sex", veteran = "cluster", heart = "transplant")
one_test <- function(name, weight, entry, strata, clusters) {
  d <- data_sets[[name]]
  d$group <- factor(if (name == "lung") d$stratum else d[[groups[[name]]]])
  d$s <- if (name == "lung") d$cluster %% 3 else d$stratum
  d$w <- d[[weight]]
  d$g <- if (clusters) (if (name == "veteran") d$age else d$cluster) else seq_len(nrow(d))
  d$y <- surv(d, entry)
  formula <- if (strata) y ~ group + strata(s) else y ~ group
  fit <- coxph(formula, d, weights = w, ties = "breslow", cluster = g, iter.max = 0, init = rep(0, nlevels(d$group) - 1))
  out <- list(data = name, weight = weight, entry = entry, strata = strata, clusters = clusters, group = as.character(d$group), stratum = d$s, cluster = d$g, robust = fit$rscore)
  if (!entry && weight == "count") {
    copies <- d[rep(seq_len(nrow(d)), d$count), ]
    out$copies <- survdiff(if (strata) Surv(time, event) ~ group + strata(s) else Surv(time, event) ~ group, copies)$chisq
  }
  out
}
tested <- expand.grid(clusters = c(FALSE, TRUE), strata = c(FALSE, TRUE), entry = c(FALSE, TRUE), weight = c("count", "share"), name = c("lung", "veteran", "heart"), stringsAsFactors = FALSE)
tests <- mapply(function(clusters, strata, entry, weight, name) one_test(name, weight, entry, strata, clusters), tested$clusters, tested$strata, tested$entry, tested$weight, tested$name, SIMPLIFY = FALSE)

# Means of groups, and where they end.
means <- function(rmean) {
  fit <- survfit(Surv(time, event) ~ cluster, data_sets$veteran)
  found <- survival:::survmean(fit, rmean = rmean)
  list(mean = unname(found$matrix[, "rmean"]), std_error = unname(found$matrix[, "se(rmean)"]), group = sub("cluster=", "", rownames(found$matrix)), until = found$end.time)
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"), "; data sets cox_lung, cox_veteran and cox_heart of r_cox.R"),
  calls = c("survfit(Surv(entry, time, event) ~ 1, weights, cluster, robust, conf.type, timefix = FALSE)", "survmean(fit, rmean = until), residuals(fit, times = until, type = 'rmst', weighted = TRUE)",
    "survfit(Surv(entry, time, state) ~ 1, weights, id, cluster, timefix = FALSE)", "coxph(Surv(entry, time, event) ~ group + strata(s), weights, ties = 'breslow', cluster, iter.max = 0)$rscore",
    "survdiff(Surv(time, event) ~ group + strata(s)) of rows repeated by their counts", "print(survfit(Surv(time, event) ~ cluster), rmean = 'common', 'individual', 300)"),
  curves = curves, incidences = incidences, tests = tests, group_means = list(common = means("common"), individual = means("individual"), at_300 = means(300)))
names(result$curves) <- names(result$incidences) <- names(result$tests) <- NULL
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null"), "r_weights.json")
