# Reference numbers for the interval of a proportion, from R.
#   Rscript tests/oracles/proportion.R     writes proportion.csv beside this file
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
write_rows <- function(rows, name) {
  comment <- paste0("# ", R.version.string, "; made by proportion.R")
  path <- file.path(folder, name)
  writeLines(comment, path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
cases <- expand.grid(level = c(0.90, 0.95, 0.99), pair = c("0/11", "11/11", "1/11", "7/12", "29/30", "423/500", "1/100000"))
proportions <- do.call(rbind, lapply(seq_len(nrow(cases)), function(i) {
  pair <- as.numeric(strsplit(as.character(cases$pair[i]), "/")[[1]])
  ci <- suppressWarnings(prop.test(pair[1], pair[2], conf.level = cases$level[i], correct = FALSE))$conf.int
  data.frame(successes = pair[1], n = format(pair[2], scientific = FALSE), level = cases$level[i],
             low = number(ci[1]), high = number(ci[2]))
}))
write_rows(proportions, "proportion.csv")
