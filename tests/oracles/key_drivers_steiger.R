# A second reference for the map of performance and importance, from R's base functions alone.
#   Rscript tests/oracles/key_drivers_steiger.R     writes key_drivers_steiger.csv beside this file; reads reliability_data.csv
# importance: cor of the item and the sum of the others. z_error, adjusted_error: errors of the differences from the mean over items
# from the covariances of dependent correlations in closed form (Pearson and Filon 1898; Steiger 1980, Psychological Bulletin 87:245,
# formula 3), with n - 1, times 1 + kappa. adjusted: the two-step polyserial correlation written out, r times the item's deviation (n)
# over the sum of normal densities at its thresholds, cut at 1. kappa: a third of the mean excess kurtosis, not below 0.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(file.path(folder, "reliability_data.csv"), comment.char = "#")
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
covariance_of <- function(R, a, b, c, d) {
  r <- function(i, j) R[i, j]
  ((r(a, c) - r(a, b) * r(b, c)) * (r(b, d) - r(b, c) * r(c, d)) + (r(a, d) - r(a, c) * r(c, d)) * (r(b, c) - r(a, b) * r(a, c)) +
   (r(a, c) - r(a, d) * r(c, d)) * (r(b, d) - r(a, b) * r(a, d)) + (r(a, d) - r(a, b) * r(b, d)) * (r(b, c) - r(b, d) * r(c, d))) / 2
}
rows <- do.call(rbind, lapply(c("attitude", "bfi_agreeableness", "sat_act", "simulated_ceiling", "simulated_fifteen"), function(name) {
  x <- do.call(rbind, lapply(strsplit(data$answers[data$sample == name], " "), function(a) suppressWarnings(as.numeric(a))))
  x <- x[complete.cases(x), ]; n <- nrow(x); k <- ncol(x)
  R <- cor(cbind(x, rowSums(x) - x))
  importance <- diag(R[1:k, k + 1:k])
  joint <- outer(1:k, 1:k, Vectorize(function(i, j) covariance_of(R, i, k + i, j, k + j)))
  kappa <- max(0, mean(apply(x, 2, function(v) mean((v - mean(v))^4) / mean((v - mean(v))^2)^2 - 3)) / 3)
  stretch <- apply(x, 2, function(v) {
    below <- cumsum(table(v))[-length(unique(v))] / n
    sqrt(mean((v - mean(v))^2)) / sum(diff(sort(unique(v))) * dnorm(qnorm(below)))
  })
  center <- diag(k) - 1 / k
  error <- function(slope) sqrt((1 + kappa) / (n - 1) * diag(center %*% (joint * outer(slope, slope)) %*% center))
  data.frame(sample = name, item = paste0("i", 1:k), importance = number(importance), adjusted = number(pmin(1, importance * stretch)),
             z_error = number(error(1 / (1 - importance^2))), adjusted_error = number(error(stretch)))
}))
path <- file.path(folder, "key_drivers_steiger.csv")
writeLines(paste0("# ", R.version.string, "; made by key_drivers_steiger.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
