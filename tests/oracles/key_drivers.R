# Reference numbers for the map of performance and importance, from R.
#   Rscript tests/oracles/key_drivers.R     writes key_drivers.csv beside this file; reads reliability_data.csv
# importance: psych::alpha's r.drop; limits from psych::r.con at the size at which 1/(n - 3) is (1 + kappa)/(n - 3); kappa
# from psych::kurtosi (type 1). adjusted: psych::polyserial of the item with the sum of the others, cut at 1.
# z_difference: atanh of importance less its mean over items; adjusted_difference: adjusted less its mean, not cut. Their
# errors by central differences of these functions of the covariances and the full covariance matrix of a normal sample's
# covariances, times 1 + kappa. Polyserial ratios are held fixed. z_mean: mean of atanh of importance. performance_difference, limits: t.test, paired, of the item and the mean of all items.
suppressMessages(library(psych))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(file.path(folder, "reliability_data.csv"), comment.char = "#")
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
rest_correlations <- function(S) sapply(seq_len(ncol(S)), function(i) sum(S[i, -i]) / sqrt(S[i, i] * sum(S[-i, -i])))
errors_of <- function(S, n, change, kappa) {
  pairs <- which(lower.tri(S, diag = TRUE), arr.ind = TRUE)
  value <- function(S) { r <- change(rest_correlations(S)); r - mean(r) }
  slopes <- apply(pairs, 1, function(p) {
    h <- 1e-5 * sqrt(S[p[1], p[1]] * S[p[2], p[2]])
    up <- S; up[p[1], p[2]] <- up[p[1], p[2]] + h; up[p[2], p[1]] <- up[p[1], p[2]]
    down <- S; down[p[1], p[2]] <- down[p[1], p[2]] - h; down[p[2], p[1]] <- down[p[1], p[2]]
    (value(up) - value(down)) / (2 * h)
  })
  spread <- apply(pairs, 1, function(p) apply(pairs, 1, function(q)
    (S[p[1], q[1]] * S[p[2], q[2]] + S[p[1], q[2]] * S[p[2], q[1]]) / (n - 1)))
  sqrt((1 + kappa) * diag(slopes %*% spread %*% t(slopes)))
}
rows <- do.call(rbind, lapply(c("attitude", "bfi_agreeableness", "sat_act", "simulated_ceiling", "simulated_fifteen"), function(name) {
  x <- do.call(rbind, lapply(strsplit(data$answers[data$sample == name], " "), function(a) suppressWarnings(as.numeric(a))))
  x <- x[complete.cases(x), ]; n <- nrow(x); k <- ncol(x); S <- cov(x)
  r <- suppressMessages(suppressWarnings(alpha(as.data.frame(x), check.keys = FALSE, warnings = FALSE)))$item.stats$r.drop
  kappa <- max(0, mean(apply(x, 2, function(column) kurtosi(column, type = 1))) / 3)
  limits <- sapply(r, function(one) r.con(one, 3 + (n - 3) / (1 + kappa)))
  adjusted <- sapply(seq_len(k), function(i) polyserial(matrix(rowSums(x[, -i])), matrix(x[, i])))
  joint <- 1 - 0.05 / k
  paired <- sapply(seq_len(k), function(i) { t <- t.test(x[, i], rowMeans(x), paired = TRUE, conf.level = joint); c(t$estimate, t$conf.int) })
  data.frame(sample = name, item = paste0("i", 1:k), n = n, kappa = number(kappa), importance = number(r),
             low = number(limits[1, ]), high = number(limits[2, ]), adjusted = number(pmin(1, pmax(-1, adjusted))),
             z_mean = number(mean(atanh(r))), z_difference = number(atanh(r) - mean(atanh(r))), z_error = number(errors_of(S, n, atanh, kappa)),
             adjusted_difference = number(adjusted - mean(adjusted)), adjusted_error = number(errors_of(S, n, function(x) x * adjusted / r, kappa)),
             performance_difference = number(paired[1, ]), performance_low = number(paired[2, ]), performance_high = number(paired[3, ]))
}))
path <- file.path(folder, "key_drivers.csv")
writeLines(paste0("# ", R.version.string, ", psych ", packageVersion("psych"), "; made by key_drivers.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
