# Reference numbers for intervals of a mean and of a proportion, from R and its package boot.
#   Rscript tests/oracles/mean_proportion.R     writes mean.csv and proportion.csv beside this file
# abc.ci differentiates numerically, so its last digits depend on eps; R's default is kept.
library(boot)
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
samples <- list(
  eleven_under_the_ceiling = c(rep(100, 7), 93 + 1/3, 80, 66 + 2/3, 100 / 3),
  one_below_the_ceiling = c(rep(100, 24), 60),
  symmetric = seq(0, 100, by = 10),
  two = c(40, 90),
  near_the_floor = c(rep(0, 12), 20, 40, 100),
  many = c(rep(100, 300), rep(80, 120), rep(60, 50), rep(20, 20), rep(0, 10))
)
write_rows <- function(rows, name) {
  comment <- paste0("# ", R.version.string, ", boot ", packageVersion("boot"), "; made by mean_proportion.R")
  path <- file.path(folder, name)
  writeLines(comment, path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
means <- do.call(rbind, lapply(names(samples), function(name) {
  x <- samples[[name]]
  do.call(rbind, lapply(c(0.90, 0.95, 0.99), function(level) {
    abc <- abc.ci(x, function(d, w) sum(d * w) / sum(w), conf = level)
    t <- t.test(x, conf.level = level)$conf.int
    counts <- table(x)
    data.frame(sample = name, level = level,
               values = paste(number(as.numeric(sort(unique(x)))), collapse = " "),
               counts = paste(counts, collapse = " "), mean = number(mean(x)),
               abc_low = number(abc[2]), abc_high = number(abc[3]), t_low = number(t[1]), t_high = number(t[2]))
  }))
}))
write_rows(means, "mean.csv")
cases <- expand.grid(level = c(0.90, 0.95, 0.99), pair = c("0/11", "11/11", "1/11", "7/12", "29/30", "423/500", "1/100000"))
proportions <- do.call(rbind, lapply(seq_len(nrow(cases)), function(i) {
  pair <- as.numeric(strsplit(as.character(cases$pair[i]), "/")[[1]])
  ci <- suppressWarnings(prop.test(pair[1], pair[2], conf.level = cases$level[i], correct = FALSE))$conf.int
  data.frame(successes = pair[1], n = format(pair[2], scientific = FALSE), level = cases$level[i],
             low = number(ci[1]), high = number(ci[2]))
}))
write_rows(proportions, "proportion.csv")
