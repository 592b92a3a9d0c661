# Reference numbers for raking, from R's survey.
#   Rscript tests/oracles/weighting.R     writes weighting.csv beside this file: one row for each cell
# Data: R's HairEyeColor, Titanic (class, sex, age; cells of nobody left in) and UCBAdmissions with made-up margins, and a seeded simulation.
suppressMessages(library(survey))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261105)
rows <- NULL
run <- function(name, table, margins) {
  d <- as.data.frame(as.table(table)); names(d)[seq_along(dim(table))] <- paste0("v", seq_along(dim(table)))
  cases <- d[rep(seq_len(nrow(d)), d$Freq), ]
  n <- nrow(cases)
  design <- svydesign(ids = ~1, weights = rep(1, n), data = cases)
  population <- lapply(seq_along(margins), function(i) setNames(data.frame(levels(d[[i]]), n * margins[[i]] / sum(margins[[i]])), c(paste0("v", i), "Freq")))
  raked <- rake(design, lapply(seq_along(margins), function(i) as.formula(paste0("~v", i))), population, control = list(maxit = 2000, epsilon = 1e-9))
  w <- weights(raked)
  key <- do.call(paste, cases[paste0("v", seq_along(margins))])
  cell <- do.call(paste, d[paste0("v", seq_along(margins))])
  weight <- tapply(w, key, mean)[cell]
  index <- arrayInd(seq_len(nrow(d)), dim(table)) - 1
  rows <<- rbind(rows, data.frame(sample = name, cell = apply(index, 1, paste, collapse = " "), count = d$Freq, weight = ifelse(is.na(weight), 0, weight),
                                  margins = paste(sapply(margins, paste, collapse = " "), collapse = " | "), deff = n * sum(w^2) / sum(w)^2))
}
run("hair_eye", apply(HairEyeColor, c(1, 2), sum), list(c(0.1, 0.5, 0.2, 0.2), c(30, 30, 25, 15)))
run("titanic", apply(Titanic, c(1, 2, 3), sum), list(c(0.25, 0.25, 0.3, 0.2), c(0.6, 0.4), c(0.15, 0.85)))
run("admissions", apply(UCBAdmissions, c(2, 3), sum), list(c(1, 1), c(1, 2, 3, 3, 2, 1)))
small <- matrix(rpois(12, 4) + 1, 3); small[1, 2] <- 0; small[3, 4] <- 0
dimnames(small) <- list(letters[1:3], LETTERS[1:4])
run("simulated_gaps", small, list(c(5, 3, 2), c(2, 2, 1, 1)))
rows$weight <- trimws(formatC(rows$weight, digits = 15, format = "g")); rows$deff <- trimws(formatC(rows$deff, digits = 15, format = "g"))
path <- file.path(folder, "weighting.csv")
writeLines(paste0("# ", R.version.string, ", survey ", packageVersion("survey"), "; made by weighting.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
