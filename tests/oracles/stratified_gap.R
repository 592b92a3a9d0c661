# Reference numbers for the gap between two groups of patients within units, from R.
#   Rscript tests/oracles/stratified_gap.R     writes stratified_gap.csv and stratified_gap_units.csv beside this file
# Units where a group has fewer than two cases are left out first. difference: the group's coefficient in lm with a term for each
# unit. Its variance: the weights with which lm adds up the cells' means (found by moving each cell by 1), on the HC2 covariance
# of the cells' means (sandwich; s^2/n of each cell), Satterthwaite's degrees of freedom by their definition; one unit: t.test.
# Data: R's warpbreaks (wool by tension, the cells thinned), ToothGrowth (supp by dose, with a cell of one), and simulated scores.
suppressMessages(library(sandwich))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
write_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", sandwich ", packageVersion("sandwich"), "; made by stratified_gap.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
set.seed(20261128)
ceiling_scores <- function(sizes, means) do.call(rbind, lapply(seq_along(sizes), function(i)
  data.frame(unit = (i + 1) %/% 2, first = i %% 2 == 1, y = pmin(100, round(rnorm(sizes[i], means[i], 12) / 5) * 5))))
samples <- list(
  warpbreaks = with(warpbreaks[-c(1:5, 20:22, 40), ], data.frame(unit = as.integer(tension), first = wool == "A", y = breaks)),
  toothgrowth = with(ToothGrowth[-c(2:10, 35:38), ], data.frame(unit = as.integer(factor(dose)), first = supp == "VC", y = len)),
  one_unit = ceiling_scores(c(30, 8), c(92, 80)),
  simulated = ceiling_scores(c(40, 5, 11, 60, 2, 2, 90, 3, 1, 20), c(95, 85, 90, 88, 70, 75, 97, 99, 80, 80)))
contrast <- function(d, y) coef(lm(y ~ factor(d$unit) + d$first))["d$firstTRUE"]
contrast_of_one <- function(d, y) coef(lm(y ~ d$first))["d$firstTRUE"]
rows <- NULL; units <- NULL
for (name in names(samples)) {
  d <- samples[[name]]
  full <- aggregate(y ~ first + unit, d, function(v) c(n = length(v), mean = mean(v), squares = sum((v - mean(v))^2)))
  units <- rbind(units, data.frame(sample = name, unit = full$unit, first = as.integer(full$first), n = number(full$y[, "n"]),
                                   mean = number(full$y[, "mean"]), squares = number(full$y[, "squares"])))
  cells <- table(d$unit, d$first)
  d <- d[d$unit %in% rownames(cells)[apply(cells > 1, 1, all)], ]
  cell <- interaction(d$unit, d$first, drop = TRUE)
  slope <- if (length(unique(d$unit)) > 1) contrast else contrast_of_one
  pull <- sapply(levels(cell), function(each) slope(d, as.numeric(cell == each)))
  parts <- pull^2 * diag(vcovHC(lm(d$y ~ 0 + cell), type = "HC2"))
  df <- sum(parts)^2 / sum(parts^2 / (as.numeric(table(cell)) - 1))
  value <- slope(d, d$y)
  half <- qt(0.975, df) * sqrt(sum(parts))
  if (name == "one_unit") {
    welch <- t.test(d$y[d$first], d$y[!d$first])
    stopifnot(all.equal(as.numeric(welch$conf.int), as.numeric(value + c(-half, half))), all.equal(as.numeric(welch$parameter), df))
  }
  rows <- rbind(rows, data.frame(sample = name, n = nrow(d), difference = number(value), low = number(value - half), high = number(value + half),
                                 p = number(2 * pt(-abs(value) / sqrt(sum(parts)), df))))
}
write_rows(rows, "stratified_gap.csv")
write_rows(units, "stratified_gap_units.csv")
