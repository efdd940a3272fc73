# Writes the SAS files that tests/cohort/test_formats.py reads: Rscript make_sas.R
# One cohort of five patients: numeric codes, blanks at the end of texts, missing values, a date.
library(haven)
rows <- data.frame(
  USUBJID = c("01-001", "01-002", "01-003", "02-001", "02-002"),
  TIME = c(12.7, 3.25, 8, 0.5, 30.4375),
  EVENT = c(1, 0, 1, 1, 0),
  LINE = c(1, 2, NA, 1, 4),
  SUBTYPE = c("HER2+", "luminal A-like  ", "", "HER2+", "triple negative"),
  AGE = c(57, NA, 61.5, 70, 44),
  CAUSE = c("progression", "", "death", "progr\u00e8s", ""),
  ENROL = as.Date(c("2020-01-31", "2020-02-29", NA, "2021-12-31", "1959-12-31"))
)
write_sas(rows, "cohort.sas7bdat")
write_xpt(rows, "cohort.xpt", version = 5)
cat(R.version.string, "; haven", as.character(packageVersion("haven")), "\n")
