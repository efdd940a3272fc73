# Makes rpact_jennison_turnbull.json from R's rpact. Run in this folder:
#   Rscript rpact_jennison_turnbull.R
# The constants of tables 2.1 to 2.4 of Jennison and Turnbull (2000), with more digits than they print. The tests read
# the results; they don't need R.
suppressMessages(library(rpact))
library(jsonlite)
looks <- 2:10
design_of <- function(type, k) getDesignGroupSequential(kMax = k, alpha = 0.05, beta = 0.1, sided = 2, typeOfDesign = type, tolerance = 1e-10)
one <- function(type) list(
  critical = sapply(looks, function(k) design_of(type, k)$criticalValues[k]),
  inflation = sapply(looks, function(k) getDesignCharacteristics(design_of(type, k))$inflationFactor))
result <- list(source = paste0(R.version.string, ", rpact ", packageVersion("rpact"), " (LGPL-3), jsonlite ", packageVersion("jsonlite")),
  calls = c("getDesignGroupSequential(kMax, alpha = 0.05, beta = 0.1, sided = 2, typeOfDesign = 'P' or 'OF', tolerance = 1e-10)$criticalValues, last look",
    "getDesignCharacteristics(design)$inflationFactor"), looks = looks, pocock = one("P"), obrien_fleming = one("OF"))
write(toJSON(result, digits = I(15), auto_unbox = TRUE), "rpact_jennison_turnbull.json")
