# Reference standard errors of a mean over clusters, from R's package sandwich: vcovCL(lm(x ~ 1), type "HC0", cadjust),
# which is the sandwich estimator with the factor G/(G-1).
#   Rscript tests/oracles/clustered_mean.R     writes clustered_mean.csv beside this file
suppressMessages(library(sandwich))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
samples <- list(
  alike_within = list(c(100, 100, 90, 95), c(60, 55, 70), c(80, 85, 80, 75, 90), c(20, 30)),
  unequal_sizes = list(rep(100, 40), c(0, 100), c(50, 60, 70, 80, 90, 100), c(10)),
  two_clusters = list(c(90, 100, 80), c(40, 60, 50, 70))
)
rows <- do.call(rbind, lapply(names(samples), function(name) {
  clusters <- samples[[name]]
  x <- unlist(clusters)
  g <- rep(seq_along(clusters), lengths(clusters))
  se <- sqrt(vcovCL(lm(x ~ 1), cluster = g, type = "HC0", cadjust = TRUE)[1, 1])
  half <- qt(0.975, length(clusters) - 1) * se
  text <- paste(sapply(clusters, paste, collapse = " "), collapse = " | ")
  number <- function(v) trimws(formatC(v, digits = 15, format = "g"))
  data.frame(sample = name, clusters = text, mean = number(mean(x)), low = number(mean(x) - half), high = number(mean(x) + half))
}))
path <- file.path(folder, "clustered_mean.csv")
writeLines(paste0("# ", R.version.string, ", sandwich ", packageVersion("sandwich"), "; made by clustered_mean.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
