# Makes held_out.csv: public patient data from R's survival package, five data sets with two
# binary covariates each, whose printed summaries reconstructions are checked on. Run here:
#   Rscript r_held_out.R
# R version 4.2.2, survival 3.5-3 (LGPL-2 or later). Sources, as the package's help names them:
#   veteran: Kalbfleisch and Prentice, The Statistical Analysis of Failure Time Data (death)
#   lung:    Loprinzi et al. 1994, J Clin Oncol 12:601-607 (death)
#   gbsg:    Schumacher et al. 1994, J Clin Oncol 12:2086-2093 (recurrence or death)
#   colon:   Moertel et al. 1995, Ann Intern Med 122:321-326 (recurrence)
#   pbc:     Therneau and Grambsch 2000, Modeling Survival Data (death; transplant is censored)
library(survival)
row <- function(name, time, event, first, second) {
  found <- data.frame(data = name, days = time, event = event, first = ifelse(first, "yes", "no"),
                      second = ifelse(second, "yes", "no"))
  found[complete.cases(found), ]
}
all <- rbind(
  with(veteran, row("veteran", time, status, karno >= 60, trt == 2)),
  with(lung, row("lung", time, status - 1, sex == 2, ph.ecog >= 1)),
  with(gbsg, row("gbsg", rfstime, status, nodes > 3, hormon == 1)),
  with(subset(colon, etype == 1), row("colon", time, status, node4 == 1, rx == "Lev+5FU")),
  with(pbc, row("pbc", time, as.integer(status == 2), bili >= 2, age >= 50))
)
write.csv(all, "held_out.csv", row.names = FALSE, quote = FALSE)
