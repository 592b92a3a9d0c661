# Reference numbers for the interval of a mean on a bounded scale, from R.
#   Rscript tests/oracles/mean.R     writes mean.csv beside this file
# Two routes that share nothing with the formula in analysis/mean.py:
# - beta_low, beta_high: the rows themselves and one more, cut into a million equal parts over the scale; weighted mean
#   and variance of those; qbeta with that mean and variance.
# - dirichlet_low, dirichlet_high: the model behind it, exactly: 200,000 draws of a Dirichlet process given the rows and a
#   uniform prior of weight 1 (sticks broken for the prior's part), quantiles of their means.
set.seed(20261101)
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
samples <- list(
  eleven_under_the_ceiling = c(rep(100, 7), 93 + 1/3, 80, 66 + 2/3, 100 / 3),
  eleven_perfect = rep(100, 11),
  one_below_the_ceiling = c(rep(100, 24), 60),
  symmetric = seq(0, 100, by = 10),
  equal_in_the_middle = rep(75, 15),
  two = c(40, 90),
  near_the_floor = c(rep(0, 12), 20, 40, 100),
  both_ends = c(rep(0, 6), rep(100, 14)),
  many = c(rep(100, 300), rep(80, 120), rep(60, 50), rep(20, 20), rep(0, 10))
)
parts <- (seq_len(1e6) - 0.5) / 1e4
beta_limits <- function(x, level) {
  weights <- c(rep(1, length(x)), rep(1 / length(parts), length(parts)))
  whole <- c(x, parts)
  m <- weighted.mean(whole, weights)
  v <- weighted.mean((whole - m)^2, weights) / sum(weights)
  p <- m / 100
  size <- p * (1 - p) / (v / 1e4) - 1
  limits <- 100 * qbeta(c((1 - level) / 2, (1 + level) / 2), p * size, (1 - p) * size)
  c(min(limits[1], mean(x)), max(limits[2], mean(x)))
}
# A stick-breaking draw of the mean of a Dirichlet process with uniform base and weight 1.
prior_means <- function(draws) {
  total <- numeric(draws); left <- rep(1, draws)
  for (step in 1:60) {
    broken <- rbeta(draws, 1, 1)
    total <- total + left * broken * runif(draws, 0, 100)
    left <- left * (1 - broken)
  }
  total
}
dirichlet_draws <- function(x, draws = 200000) {
  counts <- table(x); values <- as.numeric(names(counts))
  gammas <- sapply(counts, function(count) rgamma(draws, count))
  prior <- rgamma(draws, 1)
  (gammas %*% values + prior * prior_means(draws)) / (rowSums(gammas) + prior)
}
number <- function(x) trimws(formatC(x, digits = 15, format = "g"))
rows <- do.call(rbind, lapply(names(samples), function(name) {
  x <- samples[[name]]
  drawn <- dirichlet_draws(x)
  counts <- table(x)
  do.call(rbind, lapply(c(0.90, 0.95, 0.99), function(level) {
    beta <- beta_limits(x, level)
    dirichlet <- quantile(drawn, c((1 - level) / 2, (1 + level) / 2))
    data.frame(sample = name, level = level,
               values = paste(number(as.numeric(names(counts))), collapse = " "), counts = paste(counts, collapse = " "),
               mean = number(mean(x)), beta_low = number(beta[1]), beta_high = number(beta[2]),
               dirichlet_low = round(dirichlet[1], 2), dirichlet_high = round(dirichlet[2], 2))
  }))
}))
path <- file.path(folder, "mean.csv")
writeLines(paste0("# ", R.version.string, "; made by mean.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
