# Reference numbers for the description of scores, from R's quantile (type 7), mean, sd and psych::skew (type 1).
#   Rscript tests/oracles/describe.R     writes describe.csv beside this file
# Data: R's faithful (Azzalini & Bowman 1990), precip, warpbreaks and chickwts, and seeded simulations ("simulated_...": synthetic).
suppressMessages(library(psych))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261111)
samples <- list(
  eruptions = faithful$eruptions,
  waiting = faithful$waiting,
  precip = as.numeric(precip),
  breaks = warpbreaks$breaks,
  weight = chickwts$weight,
  simulated_ceiling = sample(c(100, 93 + 1 / 3, 80, 66 + 2 / 3, 40), 47, TRUE, c(0.7, 0.15, 0.08, 0.05, 0.02)),
  simulated_far = 1e9 + sample(0:4, 33, TRUE),
  two = c(3, 4),
  one = 7,
  equal = rep(100, 9)
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 17, format = "g"))
rows <- do.call(rbind, lapply(names(samples), function(name) {
  x <- samples[[name]]; counts <- table(x); d <- x - x[1]
  q <- quantile(x, c(0, 5, 25, 50, 75, 95, 100) / 100, type = 7, names = FALSE)
  data.frame(sample = name, n = length(x), mean = number(mean(x)), sd = number(sd(x)),
             skewness = number(if (length(unique(x)) > 1) skew(d, type = 1) else NA_real_), quantiles = paste(number(q), collapse = " "),
             values = paste(number(x[match(names(counts), as.character(x))]), collapse = " "), counts = paste(counts, collapse = " "))
}))
path <- file.path(folder, "describe.csv")
writeLines(paste0("# ", R.version.string, ", psych ", packageVersion("psych"), "; made by describe.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
