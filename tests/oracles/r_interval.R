# Makes r_interval.json and interval_lung.csv from R's survival package. Run in this folder:
#   Rscript r_interval.R
# The tests read the results; they don't need R.
#
# survfit stops once no survival changes by more than 5e-5; here its own function runs until none
# changes by more than 1e-14, so that 8 digits can be compared.
library(survival)
library(jsonlite)
lines <- deparse(survival:::survfitTurnbull)
stopifnot(sum(grepl("eps > 5e-05", lines)) == 1)
to_the_end <- eval(parse(text = sub("eps > 5e-05", "eps > 1e-14", lines)), envir = asNamespace("survival"))
# Days to death: exact for every third patient, else between visits every 60 days (a third of
# them), 45 or 90 days; the first visit of some comes late, so that death may be before it.
every <- c(60, 45, 90)[lung$inst %% 3 + 1]
every[is.na(every)] <- 60
begin <- floor(lung$time / every) * every
exact <- seq_len(nrow(lung)) %% 3 == 0
seen <- lung$status == 2
mixed <- data.frame(
  lower = ifelse(exact | !seen, lung$time, begin), upper = ifelse(!seen, Inf, ifelse(exact, lung$time, begin + every)), group = lung$sex)
mixed <- mixed[!(mixed$lower == 0 & mixed$upper == 0), ]
write.csv(mixed, "interval_lung.csv", row.names = FALSE, quote = FALSE)
one <- function(d) {
  surv <- with(d, Surv(ifelse(lower == 0, NA, lower), ifelse(is.infinite(upper), NA, upper), type = "interval2"))
  fit <- to_the_end(factor(rep(1, nrow(d))), surv, rep(1, nrow(d)), conf.type = "none", se.fit = FALSE)
  event <- fit$n.event > 1e-9
  list(time = fit$time[event], survival = fit$surv[event])
}
result <- list(
  source = paste0(R.version.string, ", survival ", packageVersion("survival"), " (LGPL-2 or later), jsonlite ", packageVersion("jsonlite"),
    "; data: interval_cosmesis.csv, breast cosmesis by treatment (0 radiotherapy, 1 with chemotherapy), Finkelstein and Wolfe 1985, Biometrics 41, 933-945, doi:10.2307/2530965, as in the R package MLEcens; interval_lung.csv, made here of lung (Loprinzi et al. 1994) as shipped with survival"),
  calls = "survival:::survfitTurnbull with 'eps > 5e-05' replaced by 'eps > 1e-14', on Surv(lower, upper, type = 'interval2'); R puts the events of an interval at its middle")
cosmesis <- read.csv("interval_cosmesis.csv")
for (group in c(0, 1)) result[[paste0("cosmesis_", group)]] <- one(cosmesis[cosmesis$group == group, ])
for (group in c(1, 2)) result[[paste0("lung_", group)]] <- one(mixed[mixed$group == group, ])
write(toJSON(result, digits = NA, auto_unbox = TRUE, na = "null"), "r_interval.json")
