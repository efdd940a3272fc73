# Makes r_interval_analyses.json. Run in this folder, beside a copy of R/scoresFromFit.R of R's package interval
# (GPL-2 or later; github.com/cran/interval, commit 778f7e0b):
#   Rscript r_interval_analyses.R
# The scores are that function's; Turnbull's estimate is self-consistency run here until no mass changes by more than
# 1e-15, the permutation variance as in Fay and Shaw (2010), section 5. The tests read the results; they don't need R.
library(jsonlite)
source("scoresFromFit.R")
turnbull <- function(lower, upper) {
  marks <- rbind(data.frame(at = lower, kind = 1), data.frame(at = upper, kind = 0))
  marks <- marks[order(marks$at, marks$kind), ]  # an interval (L, R] ends before the one that begins at R
  inner <- which(diff(marks$kind) == -1)
  from <- marks$at[inner]; to <- marks$at[inner + 1]
  A <- outer(seq_along(lower), seq_along(from), function(i, j) 1 * (lower[i] <= from[j] & to[j] <= upper[i]))
  p <- rep(1 / length(from), length(from))
  for (step in 1:2000000) {
    following <- p * as.numeric(crossprod(A, 1 / (A %*% p))) / length(lower)
    if (max(abs(following - p)) < 1e-15) break
    p <- following
  }
  kept <- p > 1e-10
  list(A = A[, kept], pf = p[kept] / sum(p[kept]), steps = step)
}
test <- function(d) {
  fit <- turnbull(d$lower, d$upper)
  n <- nrow(d); n1 <- sum(d$group)
  out <- list(masses = fit$pf, steps = fit$steps)
  for (kind in c("logrank1", "logrank2")) {
    cc <- scoresFromFit(fit, kind)
    u <- sum(cc[d$group == 1]) - n1 * mean(cc)
    v <- n1 * (n - n1) / (n * (n - 1)) * sum((cc - mean(cc))^2)
    out[[kind]] <- list(score = u, variance = v, z = u / sqrt(v))
  }
  out
}
cosmesis <- read.csv("interval_cosmesis.csv")
lung <- read.csv("interval_lung.csv"); lung$group <- lung$group - 1
lung <- lung[lung$lower < lung$upper, ]
result <- list(source = paste0(R.version.string, ", R/scoresFromFit.R of interval (GPL-2 or later) at github.com/cran/interval, commit 778f7e0b, jsonlite ", packageVersion("jsonlite"), "; data as in r_interval.json, lung without its exact times"),
  calls = "scoresFromFit(list(A, pf), 'logrank1' and 'logrank2')", cosmesis = test(cosmesis), lung = test(lung))
write(toJSON(result, digits = I(16), auto_unbox = TRUE), "r_interval_analyses.json")
cat(result$cosmesis$logrank1$z, result$cosmesis$logrank2$z, result$cosmesis$steps, result$lung$steps, "\n")
