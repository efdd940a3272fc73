# Makes r_cox.json and its data sets from R's survival package. Run in this folder:
#   Rscript r_cox.R
# The tests read the results; they don't need R.
library(survival)
options(warn = 2)

# Delayed entries and weights that the public data lack are made by rule, so that they are theirs
# to anybody; only heart has entries of its own.
made <- function(d) {
  row <- seq_len(nrow(d))
  if (is.null(d$entry)) d$entry <- floor(d$time * (row %% 3) / 4)
  d$weight <- 1 + (row %% 4) / 2
  d
}
data_sets <- lapply(list(
  veteran = with(veteran, data.frame(time, event = status, stratum = trt, cluster = celltype, karno, diagtime, age, prior)),
  ovarian = with(ovarian, data.frame(time = futime, event = fustat, stratum = ecog.ps, cluster = seq_along(futime) %/% 2, age, rx)),
  lung = with(na.omit(lung[c("inst", "time", "status", "age", "sex", "ph.ecog", "ph.karno")]), data.frame(
    time = ceiling(time / 30), event = status - 1, stratum = sex, cluster = inst, age, ph.ecog, ph.karno)),
  pbc = with(na.omit(pbc[c("time", "status", "trt", "age", "edema", "bili", "albumin", "protime", "stage")]), data.frame(
    time, event = as.integer(status == 2), stratum = trt, cluster = stage, age, edema, bili, albumin, protime)),
  heart = with(heart, data.frame(time = stop, event, stratum = surgery, cluster = id, age, year, transplant = as.integer(transplant) - 1, entry = start)),
  rats = with(rats, data.frame(time, event = status, stratum = sex, cluster = litter, rx))
), made)

digits <- function(x) ifelse(is.na(x), "null", formatC(x, digits = 14, format = "g", width = 1))
num <- function(x) paste0("[", paste(digits(unname(x)), collapse = ", "), "]")
rows <- function(m) paste0("[", paste(apply(m, 1, num), collapse = ", "), "]")
word <- function(x) paste0('"', x, '"')
object <- function(fields, indent = "") paste0("{", paste(sprintf('"%s": %s', names(fields), fields), collapse = paste0(",", indent)), "}")
control <- coxph.control(eps = 1e-14, toler.chol = 1e-15, toler.inf = 1e-7, iter.max = 60)
covariates <- function(d) setdiff(names(d), c("time", "event", "stratum", "cluster", "entry", "weight"))

first <- function(d, most) d[seq_len(min(nrow(d), most)), ]
fit_of <- function(d, ties, strata, entry, weights, cluster, extra = NULL) {
  d$y <- if (entry) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  d$w <- if (weights) d$weight else 1
  d$group <- switch(cluster, none = , row = seq_len(nrow(d)), cluster = as.integer(factor(d$cluster)))
  terms <- c(covariates(d)[!covariates(d) %in% c("y", "w", "group")], if (strata) "strata(stratum)")
  formula <- as.formula(paste("y ~", paste(terms, collapse = " + ")))
  if (cluster == "none") coxph(formula, d, weights = w, ties = ties, control = control, robust = FALSE, x = TRUE)
  else coxph(formula, d, weights = w, ties = ties, control = control, cluster = group, x = TRUE)
}
transforms <- c("km", "rank", "identity", "log")
one_fit <- function(name, ties, strata, entry, weights, cluster) {
  fit <- fit_of(data_sets[[name]], ties, strata, entry, weights, cluster)
  fields <- c(
    data = word(name), ties = word(ties), strata = tolower(strata), entry = tolower(entry), weights = tolower(weights),
    cluster = word(cluster), coef = num(coef(fit)), std_error = num(sqrt(diag(fit$var))), log_likelihood = num(fit$loglik),
    score = digits(fit$score), wald = digits(unname(fit$wald.test)), concordance = num(fit$concordance[c("concordance", "std")]))
  if (cluster == "none") fields <- c(fields, zph = object(setNames(sapply(transforms, function(t) num(cox.zph(fit, t)$table[, "chisq"])), transforms)))
  object(fields)
}
combinations <- expand.grid(cluster = c("none", "row", "cluster"), weights = c(FALSE, TRUE), entry = c(FALSE, TRUE),
  strata = c(FALSE, TRUE), ties = c("efron", "breslow"), name = names(data_sets), stringsAsFactors = FALSE)
fits <- do.call(mapply, c(list(FUN = function(cluster, weights, entry, strata, ties, name) one_fit(name, ties, strata, entry, weights, cluster)), combinations))

# Of the first 40 patients, which is enough for ties.
one_residuals <- function(name, ties, strata, entry, weights) {
  fit <- fit_of(first(data_sets[[name]], 40), ties, strata, entry, weights, "none")
  base <- basehaz(fit, centered = FALSE)
  if (is.null(base$strata)) base$strata <- factor("all")
  steps <- unlist(tapply(base$hazard, base$strata, function(h) c(h[1] > 0, diff(h) > 0)))
  base <- base[steps, ]
  zph <- cox.zph(fit, "identity")
  object(c(data = word(name), ties = word(ties), strata = tolower(strata), entry = tolower(entry), weights = tolower(weights),
    martingale = num(residuals(fit, "martingale")), score = rows(as.matrix(residuals(fit, "score"))),
    schoenfeld = rows(as.matrix(residuals(fit, "schoenfeld"))), scaled = rows(as.matrix(residuals(fit, "scaledsch"))),
    time = num(base$time), hazard = num(base$hazard)), "\n     ")
}
with_residuals <- expand.grid(weights = c(FALSE, TRUE), entry = c(FALSE, TRUE), strata = c(FALSE, TRUE), ties = c("efron", "breslow"), name = c("ovarian", "lung"), stringsAsFactors = FALSE)
residual_sets <- do.call(mapply, c(list(FUN = function(weights, entry, strata, ties, name) one_residuals(name, ties, strata, entry, weights)), with_residuals))

# Harrell's and Uno's C of the first covariate, which has ties.
one_concordance <- function(name, strata, entry, weights, cluster) {
  d <- data_sets[[name]]
  d$risk <- d[[covariates(d)[1]]]
  d$w <- if (weights) d$weight else 1
  d$group <- if (cluster) as.integer(factor(d$cluster)) else seq_len(nrow(d))
  d$y <- if (entry) Surv(d$entry, d$time, d$event) else Surv(d$time, d$event)
  formula <- if (strata) y ~ risk + strata(stratum) else y ~ risk
  result <- function(...) {
    fit <- concordance(formula, d, weights = w, cluster = group, reverse = TRUE, ...)
    count <- if (is.matrix(fit$count)) colSums(fit$count) else fit$count
    num(c(fit$concordance, sqrt(fit$var), count[c("concordant", "discordant", "tied.x")]))
  }
  until <- unname(quantile(d$time, 0.7, type = 1))
  fields <- c(data = word(name), strata = tolower(strata), entry = tolower(entry), weights = tolower(weights), cluster = tolower(cluster), harrell = result())
  if (!entry) fields <- c(fields, uno = result(timewt = "n/G2"), until = digits(until), uno_until = result(timewt = "n/G2", ymax = until))
  object(fields)
}
compared <- expand.grid(cluster = c(FALSE, TRUE), weights = c(FALSE, TRUE), entry = c(FALSE, TRUE), strata = c(FALSE, TRUE), name = names(data_sets), stringsAsFactors = FALSE)
concordances <- do.call(mapply, c(list(FUN = function(cluster, weights, entry, strata, name) one_concordance(name, strata, entry, weights, cluster)), compared))

# A covariate of several columns.
by_cell <- coxph(Surv(time, status) ~ celltype + karno, veteran, control = control)
term <- object(c(coef = num(coef(by_cell)), zph = num(cox.zph(by_cell)$table[, "chisq"]), df = num(cox.zph(by_cell)$table[, "df"]), p = num(cox.zph(by_cell)$table[, "p"])))

for (name in names(data_sets)) write.csv(data_sets[[name]], paste0("cox_", name, ".csv"), row.names = FALSE, quote = FALSE)
calls <- gsub('"', '\\"', c(
  'coxph(Surv(entry, time, event) ~ covariates + strata(stratum), weights = weight, cluster = cluster, ties = "efron" and "breslow", control = coxph.control(eps = 1e-14, toler.chol = 1e-15, toler.inf = 1e-7, iter.max = 60))',
  'cox.zph(fit, "km", "rank", "identity", "log")', 'residuals(fit, "martingale", "score", "schoenfeld", "scaledsch")', 'basehaz(fit, centered = FALSE)',
  'concordance(Surv(entry, time, event) ~ risk + strata(stratum), weights = weight, cluster = cluster, reverse = TRUE), and timewt = "n/G2", ymax'), fixed = TRUE)
list_of <- function(x) paste0("[\n    ", paste(x, collapse = ",\n    "), "\n  ]")
writeLines(c("{", paste0('  "source": "', R.version.string, ', survival ', packageVersion("survival"), ' (LGPL-2 or later); data sets veteran, ovarian, lung, pbc, heart and rats as shipped with it",'),
  paste0('  "calls": ', list_of(word(calls)), ","), paste0('  "fits": ', list_of(fits), ","), paste0('  "residuals": ', list_of(residual_sets), ","),
  paste0('  "concordance": ', list_of(concordances), ","), paste0('  "term": ', term), "}"), "r_cox.json")
