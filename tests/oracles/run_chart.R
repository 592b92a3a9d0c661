# Reference numbers for run charts and Anhoej's limits, by base R.
#   Rscript tests/oracles/run_chart.R     writes run_chart.csv and run_chart_limits.csv; the data are control_chart_data.csv
# Runs are counted with rle, limits are those of Anhoej & Olesen 2014, doi:10.1371/journal.pone.0113825.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(file.path(folder, "control_chart_data.csv"), comment.char = "#")
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, "; made by run_chart.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
limits <- function(n) data.frame(longest_limit = round(log2(n)) + 3, crossings_limit = qbinom(0.05, n - 1, 0.5))
save_rows(do.call(rbind, lapply(setdiff(data$sample, data$sample[!is.na(data$n)]), function(name) {
  y <- data$value[data$sample == name & !is.na(data$value)]
  side <- sign(y - median(y)); side <- side[side != 0]; runs <- rle(side)$lengths
  cbind(data.frame(sample = name, center = formatC(median(y), digits = 15, format = "g"), useful = length(side),
                   longest = max(runs), crossings = length(runs) - 1), limits(length(side)))
})), "run_chart.csv")
save_rows(cbind(n = 1:300, limits(1:300)), "run_chart_limits.csv")
