# Makes r_guyot.json: reconstructions by the R code of Guyot et al. (2012), in the form it has in the
# package survivalnma (R/guyot.R, function guyot.method). That file isn't stored here; get it from
# https://github.com/certara/survivalnma (commit 5cf9ccc609619743d39fc6e1b52b1ab9be32cae7). In this folder:
#   GUYOT_METHOD=path/of/guyot.R Rscript r_guyot.R
# The tests read the result; they don't need R.
library(survival)
library(jsonlite)
source(Sys.getenv("GUYOT_METHOD", "guyot.R"))
curve_of <- function(time, event, every, at = NULL, digits = 3) {
  fit <- survfit(Surv(time, event) ~ 1)
  if (is.null(at)) at <- unique(c(0, fit$time[fit$n.event > 0], max(time)))
  at <- sort(unique(round(at, 3)))
  # The R code needs a reading in each interval of the risk table, and two in the last.
  risk <- seq(0, max(at) - 1e-6, by = every)
  readings <- function(risk) as.vector(table(cut(at, c(risk, Inf), right = FALSE)))
  while (any(readings(risk) == 0)) risk <- risk[-which(readings(risk) == 0)[1]]
  while (tail(readings(risk), 1) < 2) risk <- head(risk, -1)
  list(time = at, survival = round(summary(fit, times = at, extend = TRUE)$surv, digits),
    risk_time = risk, at_risk = sapply(risk, function(t) sum(time >= t)), events = sum(event))
}
month <- 30.4375
colon_death <- subset(colon, etype == 2)
curves <- list(
  # The example that comes with the package survHE (inst/extdata/survival.txt and nrisk.txt), a
  # published curve read by hand: two readings at 3.02, numbers of 5 times. The total of 30 is made up.
  survhe = list(
    time = c(0, 2.89, 2.94, 3.02, 3.02, 3.21, 3.43, 4.77, 4.84, 5, 5.09, 5.8, 5.86, 6.99, 8.32, 8.36, 9.37, 9.49,
      10.54, 10.59, 11.96, 12.36, 13.96, 14.91, 14.92, 15.93, 15.97, 16.15, 18.94, 19, 19.36),
    survival = c(1, 1, .98, .97, .96, .96, .94, .92, .91, .89, .88, .87, .86, .84, .84, .82, .81, .79, .79, .77, .75, .72,
      .7, .67, .64, .64, .59, .55, .54, .27, .27),
    risk_time = c(0, 4, 8, 12, 16), at_risk = c(61, 55, 49, 31, 13), events = 30),
  lung = with(lung, curve_of(time / month, status - 1, 6)),
  lung_clicked = with(lung, curve_of(time / month, status - 1, 6, at = seq(0, 33, 0.5), digits = 2)),
  veteran = with(veteran, curve_of(time / month, status, 6)),
  ovarian = with(ovarian, curve_of(futime / month, fustat, 6)),
  gbsg = with(gbsg, curve_of(rfstime / month, status, 12)),
  gbsg_clicked = with(gbsg, curve_of(rfstime / month, status, 12, at = c(seq(0, 87, 1), 87.36), digits = 2)),
  colon = with(colon_death, curve_of(time / month, status, 12)),
  colon_treated = with(subset(colon_death, rx == "Lev+5FU"), curve_of(time / month, status, 12)),
  # Nobody dies after 41 months, 40 of 60 leave in the last intervals.
  flat = curve_of(c(1:20 * 2 + 0.5, 42 + (1:40) / 4), rep(1:0, c(20, 40)), 6, at = seq(0, 52, 1))
)
tables <- function(curve) list(
  risk_and_events = list(curve$risk_time, curve$at_risk, curve$events),
  risk = list(curve$risk_time, curve$at_risk, NA),
  events = list(0, curve$at_risk[1], curve$events),
  neither = list(0, curve$at_risk[1], NA))
reconstructed <- function(curve, table) {
  # A total that the code can't meet sends it round for ever.
  made <- try({
    setTimeLimit(elapsed = 20, transient = TRUE)
    suppressWarnings(guyot.method(curve$time, curve$survival, table[[1]], table[[2]], tot.events = table[[3]]))
  }, silent = TRUE)
  setTimeLimit()
  if (inherits(made, "try-error")) return(NULL)
  patients <- made$patient[order(made$patient$time, -made$patient$event), ]
  list(time = patients$time, event = patients$event)
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"),
    "; guyot.method of survivalnma at commit 5cf9ccc609619743d39fc6e1b52b1ab9be32cae7, an adaptation of the code that is ",
    "supplement to Guyot et al. (2012), doi:10.1186/1471-2288-12-9; curve 'survhe' from survHE 2.0.1 (inst/extdata)"),
  calls = "guyot.method(time, survival, risk_time, at_risk, tot.events): patients sorted by time, null where it doesn't end or fails",
  curves = curves,
  patients = lapply(curves, function(curve) lapply(tables(curve), function(table) reconstructed(curve, table))))
write(toJSON(result, digits = NA, auto_unbox = TRUE, null = "null", pretty = FALSE), "r_guyot.json")
