# Reference numbers for XmR, p and p' charts and the rules of Making Data Count, by base R.
#   Rscript tests/oracles/control_chart.R     writes control_chart_data.csv, control_chart.csv and control_chart_points.csv
# Data: R's Nile (Cobb 1978), LakeHuron and lynx; the flow rates of the NIST/SEMATECH e-Handbook, 6.3.2.2; the defective
# orange juice cans of Montgomery (Introduction to Statistical Quality Control, example 7.1), also in the e-Handbook; six
# weeks of waiting in English emergency departments (Mohammed et al. 2013, doi:10.1136/bmjqs-2012-001373); and seeded
# simulations ("simulated_...": synthetic). NA is no value; a denominator of 0 is none either.
# Every rule is looked up window by window, as its sentence says it.
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261113)
cans <- c(12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11, 20, 18, 24, 15, 9, 12, 7, 13, 9, 6)
gaps <- function(x, at) { x[at] <- NA; x }
draw <- function(n, share) list(value = rbinom(length(n), n, share), n = n)
values <- list(
  Nile = as.numeric(Nile), LakeHuron = as.numeric(LakeHuron), lynx = as.numeric(lynx),
  flow_rate = c(49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1),
  simulated_stable = round(rnorm(36, 80, 4), 2),
  simulated_shift = round(c(rnorm(20, 80, 3), rnorm(16, 85, 3)), 1),
  simulated_drift = round(75 + cumsum(runif(30, -0.5, 1)), 1),
  simulated_outlier = gaps(round(c(rnorm(15, 70, 2), 95, rnorm(14, 70, 2)), 1), c(4, 11, 12, 30)),
  simulated_ties = sample(c(90, 95, 100), 40, TRUE),
  simulated_two = c(3, 7)
)
shares <- list(
  cans = list(value = cans, n = rep(50, 30)),
  waiting = list(value = c(266501, 264225, 276532, 281461, 269071, 261215),
                 n = c(280443, 276823, 291681, 296155, 282343, 275888)),
  simulated_binomial = draw(sample(20:120, 36, TRUE), 0.85),
  simulated_ceiling = draw(c(0, sample(5:40, 22, TRUE), 0), 0.97),
  simulated_varying = { d <- draw(sample(2000:9000, 30, TRUE), 0.8 + rnorm(30, 0, 0.03)); d$n[7] <- NA; d },
  simulated_change = draw(sample(40:90, 30, TRUE), rep(c(0.7, 0.85), c(16, 14)))
)
mark <- function(n, from, to, test) {
  marks <- rep(FALSE, n)
  if (n >= to - from + 1) for (at in seq_len(n - (to - from))) {
    window <- at:(at + to - from)
    marks[window] <- marks[window] | test(window)
  }
  marks
}
rules <- function(y, center, lower, upper) {
  m <- length(y); rises <- c(NA, diff(y))
  shift <- mark(m, 1, 7, function(w) all(y[w] > center) || all(y[w] < center))
  trend <- mark(m, 1, 7, function(w) isTRUE(all(rises[w] > 0)) || isTRUE(all(rises[w] < 0)))
  near <- function(side) if (side > 0) y > center + 2 / 3 * (upper - center) else y < center - 2 / 3 * (center - lower)
  near_limit <- rep(FALSE, m)
  for (side in c(-1, 1)) for (i in seq_len(m)) for (j in seq_len(m))
    if (i != j && abs(i - j) <= 2 && near(side)[i] && near(side)[j]) near_limit[i] <- TRUE
  cbind(outside = y > upper | y < lower, shift = shift, trend = trend, near_limit = near_limit)
}
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, "; made by control_chart.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
describe <- function(sample, chart, y, center, half, sigma_z, ends) {
  known <- !is.na(y)
  signals <- rules(y[known], center, (center - half)[known], (center + half)[known])
  named <- rep("", length(y))
  named[known] <- apply(signals, 1, function(r) paste(colnames(signals)[r], collapse = " "))
  half[!known] <- NA
  side <- sign(y[known] - center); side <- side[side != 0]; runs <- rle(side)$lengths; n <- length(side)
  list(whole = data.frame(sample = sample, chart = chart, center = number(center), sigma_z = number(sigma_z),
         longest = max(runs), longest_limit = round(log2(n)) + 3, crossings = length(runs) - 1,
         crossings_limit = qbinom(0.05, n - 1, 0.5)),
       points = data.frame(sample = sample, chart = chart, value = number(y), lower = number(pmax(center - half, ends[1])),
         upper = number(pmin(center + half, ends[2])), signals = named))
}
xmr <- function(name, screen) {
  y <- values[[name]]; m <- y[!is.na(y)]; ranges <- abs(m[-1] - m[-length(m)])
  if (screen) ranges <- ranges[!(ranges > 3.267 * mean(ranges))]
  describe(name, if (screen) "xmr" else "xmr_unscreened", y, mean(m), rep(2.66 * mean(ranges), length(y)), NA, c(-Inf, Inf))
}
p_chart <- function(name, prime) {
  x <- shares[[name]]$value; n <- shares[[name]]$n; x[n %in% 0] <- NA; x[is.na(n)] <- NA
  center <- sum(x, na.rm = TRUE) / sum(n[!is.na(x)]); se <- sqrt(center * (1 - center) / n)
  z <- ((x / n - center) / se)[!is.na(x)]
  sigma_z <- if (prime) mean(abs(diff(z))) / 1.128 else 1
  describe(name, if (prime) "pprime" else "p", x / n, center, 3 * se * sigma_z, if (prime) sigma_z else NA, 0:1)
}
results <- c(lapply(names(values), xmr, TRUE), lapply(names(values), xmr, FALSE), lapply(names(shares), p_chart, FALSE),
             lapply(names(shares), p_chart, TRUE))
save_rows(do.call(rbind, lapply(results, `[[`, "whole")), "control_chart.csv")
save_rows(do.call(rbind, lapply(results, `[[`, "points")), "control_chart_points.csv")
save_rows(rbind(
  do.call(rbind, lapply(names(values), function(k) data.frame(sample = k, value = number(values[[k]]), n = NA))),
  do.call(rbind, lapply(names(shares), function(k) data.frame(sample = k, value = number(shares[[k]]$value),
                                                             n = number(shares[[k]]$n))))), "control_chart_data.csv")
