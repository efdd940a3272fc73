# Makes r_largest.json. Run in this folder:
#   Rscript r_largest.R
# Probabilities that five, six and eight positively correlated normal variables are all below a value: Genz and Bretz's
# algorithm to its own error. The tests read the results; they don't need R.
library(mvtnorm)
library(jsonlite)
kinds <- list(c(0, 0), c(1, 0), c(0, 1), c(1, 1), c(0, 0.5), c(2, 0), c(0, 2), c(0.5, 0.5))
correlation <- function(size, lowest) {
  s <- seq(1, lowest, length.out = 90)
  w <- sapply(kinds[1:size], function(k) s^k[1] * (1 - s)^k[2])
  cov2cor(crossprod(w) / 4)
}
set.seed(1)
cases <- list()
for (size in c(5, 6, 8)) for (lowest in c(0.1, 0.4)) for (z in c(1.5, 2.2)) {
  m <- correlation(size, lowest)
  p <- pmvnorm(upper = rep(z, size), corr = m, algorithm = GenzBretz(maxpts = 2e7, abseps = 2e-6, releps = 0))
  cases[[length(cases) + 1]] <- list(z = z, correlation = m, below = as.numeric(p), error = attr(p, "error"))
}
result <- list(source = paste0(R.version.string, ", mvtnorm ", packageVersion("mvtnorm"), " (GPL-2), jsonlite ", packageVersion("jsonlite")),
  calls = "pmvnorm(upper, corr, algorithm = GenzBretz(2e7, 2e-6, 0))", cases = cases)
write(toJSON(result, digits = I(16), auto_unbox = TRUE), "r_largest.json")
