# Makes gsdesign_lachin_foulkes.json from the function nSurvival of R's gsDesign (GPL-3). Run in this
# folder, beside a copy of its file R/gsSurvival.R at github.com/keaven/gsDesign, commit 25c28393:
#   Rscript gsdesign_lachin_foulkes.R
# The function needs nothing else of the package; for the values here its text and that of pe (uniform
# entry) were taken over without comments. The tests read the results; they don't need R.
library(jsonlite)
source("gsSurvival.R")
one <- function(type, lambda, hr, accrual, total, eta, ratio, alpha, beta) {
  found <- nSurvival(lambda1 = lambda, lambda2 = lambda * hr, Ts = total, Tr = accrual, eta = eta, ratio = ratio,
    alpha = alpha, beta = beta, sided = 1, type = type)
  list(type = type, control_hazard = lambda, hazard_ratio = hr, accrual_months = accrual, total_months = total,
    dropout = eta, ratio = ratio, alpha = alpha, power = 1 - beta, patients = found$n, events = found$nEvents)
}
rows <- do.call(c, lapply(c("rd", "rr"), function(type) list(
  one(type, log(2) / 9, 0.65, 24, 36, 0, 1, 0.1, 0.2), one(type, log(2) / 9, 0.65, 24, 36, 0, 2, 0.1, 0.2),
  one(type, 0.2, 0.5, 0.5, 2, 0.1, 1, 0.025, 0.1), one(type, log(2) / 6, 0.5, 24, 36, log(2) / 40, 1, 0.025, 0.1),
  one(type, 0.05, 0.8, 12, 60, 0.01, 0.5, 0.05, 0.15))))
result <- list(
  source = paste0(R.version.string, ", R/gsSurvival.R of gsDesign (GPL-3) at github.com/keaven/gsDesign, commit 25c28393, jsonlite ", packageVersion("jsonlite")),
  calls = "nSurvival(lambda1, lambda2, Ts, Tr, eta, ratio, alpha, beta, sided = 1, type)", rows = rows)
write(toJSON(result, digits = I(15), auto_unbox = TRUE), "gsdesign_lachin_foulkes.json")
