# Reference sample sizes, from R.
#   Rscript tests/oracles/planner.R     writes planner.csv beside this file
# Differences: stats::power.t.test (strict), pwr::pwr.t.test, and for clusters power.t.test on the clusters' means: the number of
# clusters per group, with sd·sqrt((1 + (m − 1)·icc)/m). Half-widths: the first n in a plain search whose t interval is narrow enough.
suppressMessages(library(pwr))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
rows <- list()
add <- function(...) rows[[length(rows) + 1]] <<- data.frame(...)
for (d in c(0.05, 0.2, 0.5, 0.8, 1.3, 2.5)) for (power in c(0.5, 0.8, 0.9)) for (alpha in c(0.05, 0.01)) {
  n <- power.t.test(delta = d * 20, sd = 20, power = power, sig.level = alpha, strict = TRUE, tol = 1e-9)$n
  m <- pwr.t.test(d = d, power = power, sig.level = alpha)$n
  add(kind = "difference", icc = 0, sd = 20, value = d * 20, power = power, alpha = alpha, cluster = 1, n = ceiling(n), pwr = ceiling(m))
}
for (icc in c(0.01, 0.05, 0.2)) for (m in c(5, 20)) for (d in c(4, 10)) {
  k <- power.t.test(delta = d, sd = 20 * sqrt((1 + (m - 1) * icc) / m), power = 0.8, strict = TRUE, tol = 1e-9)$n
  add(kind = "clusters", icc = icc, sd = 20, value = d, power = 0.8, alpha = 0.05, cluster = m, n = ceiling(k), pwr = NA)
}
for (h in c(0.5, 2, 5, 12, 60)) for (level in c(0.9, 0.95)) {
  n <- 2
  while (qt((1 + level) / 2, n - 1) * 20 / sqrt(n) > h) n <- n + 1
  add(kind = "half_width", icc = 0, sd = 20, value = h, power = NA, alpha = 1 - level, cluster = 1, n = n, pwr = NA)
}
for (h in c(0.02, 0.05, 0.2)) for (p in c(0, 0.1, 0.5, 0.85)) {
  n <- 1
  width <- function(n) diff(suppressWarnings(prop.test(p * n, n, correct = FALSE)$conf.int)) / 2
  while (width(n) > h) n <- n + 1
  add(kind = "share", icc = 0, sd = NA, value = h, power = p, alpha = 0.05, cluster = 1, n = n, pwr = NA)
}
path <- file.path(folder, "planner.csv")
writeLines(paste0("# ", R.version.string, ", pwr ", packageVersion("pwr"), "; made by planner.R"), path)
suppressWarnings(write.table(do.call(rbind, rows), path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
