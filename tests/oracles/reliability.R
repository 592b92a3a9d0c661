# Reference numbers for the reliability of a scale, from R's psych.
#   Rscript tests/oracles/reliability.R     writes reliability_data.csv, reliability.csv and reliability_items.csv
# Data: R's attitude (Chatterjee & Price 1977), psych's bfi (the first 150 answers to agreeableness and to
# conscientiousness, two items of which are reversed and not turned) and sat.act (the first 200), and seeded simulations
# ("simulated_...": synthetic). Cases with a missing answer are kept in the data and left out of the numbers.
# alpha, items: psych::alpha, Feldt's interval from psych::alpha.ci. loadings: psych::fa(nfactors = 1, fm = "minres").
# omega_psych: (sum of loadings)^2 over itself plus the unique variances. omega_total_psych: psych::omega's own, one minus
# the unique variances over the sum of all correlations. omega_bounded: the loadings that minimise the squared
# off-diagonal residuals between -1 and 1, best of 40 starts of optim; where no loading reaches 1 it is the same.
suppressMessages(library(psych))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261110)
simulate <- function(n, loadings, score) {
  f <- rnorm(n)
  sapply(loadings, function(l) score(l * f + sqrt(1 - l^2) * rnorm(n)))
}
likert <- function(x) pmin(pmax(round(3 + 1.2 * x), 1), 5)
ceiling_answer <- function(x) pmin(pmax(round(4.6 + 1.2 * x), 1), 5)
with_gaps <- function(x, share) { x[matrix(runif(length(x)) < share, nrow(x))] <- NA; x }
samples <- list(
  attitude = as.matrix(attitude),
  bfi_agreeableness = as.matrix(bfi[1:150, 1:5]),
  bfi_conscientiousness = as.matrix(bfi[1:150, 6:10]),
  sat_act = as.matrix(sat.act[1:200, 4:6]),
  simulated_fifteen = with_gaps(simulate(160, seq(0.35, 0.85, length.out = 15), ceiling_answer), 0.01),
  simulated_ceiling = simulate(400, c(0.8, 0.7, 0.75, 0.6, 0.8), function(x) pmin(pmax(round(5.3 + x), 1), 5)),
  simulated_two = simulate(60, c(0.7, 0.7), likert),
  simulated_five_cases = simulate(5, c(0.8, 0.8, 0.8, 0.8), likert),
  simulated_unrelated = simulate(40, c(0, 0, 0, 0), likert),
  simulated_heywood = with(list(x = simulate(60, c(0.95, 0.9, 0.3, 0.2), likert)), cbind(x, x[, 1] + (runif(60) < 0.1))),
  simulated_far = 1e6 + simulate(50, c(0.7, 0.6, 0.8, 0.5), function(x) round(x, 3))
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", psych ", packageVersion("psych"), "; made by reliability.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
quietly <- function(expression) suppressMessages(suppressWarnings(expression))
omega_of <- function(l) sum(l)^2 / (sum(l)^2 + sum(1 - l^2))
bounded <- function(R) {
  k <- ncol(R)
  off <- function(l) { r <- R - l %*% t(l); sum(r[lower.tri(r)]^2) }
  slope <- function(l) { r <- R - l %*% t(l); diag(r) <- 0; -2 * as.numeric(r %*% l) }
  tries <- lapply(1:40, function(i) optim(runif(k, -0.9, 0.9), off, slope, method = "L-BFGS-B", lower = -1, upper = 1,
                                          control = list(factr = 1, pgtol = 1e-12, maxit = 10000)))
  tries[[which.min(sapply(tries, `[[`, "value"))]]$par
}
results <- lapply(names(samples), function(name) {
  all <- samples[[name]]; x <- all[complete.cases(all), ]; k <- ncol(x); n <- nrow(x); R <- cor(x)
  a <- quietly(alpha(as.data.frame(x), check.keys = FALSE, warnings = FALSE))
  feldt <- unlist(unclass(alpha.ci(a$total$raw_alpha, n, k)))
  f <- if (k > 2) as.numeric(quietly(fa(x, 1, fm = "minres"))$loadings) else rep(NA_real_, k)
  own <- if (k > 2) quietly(omega(x, nfactors = 1, flip = FALSE, plot = FALSE))$omega.tot else NA_real_
  best <- if (k > 2) bounded(R) else NA_real_
  list(scale = data.frame(sample = name, n = n, k = k, alpha = number(a$total$raw_alpha), low = number(feldt["lower.ci"]),
                          high = number(feldt["upper.ci"]), alpha_standardized = number(a$total$std.alpha),
                          mean_inter_item_r = number(mean(R[lower.tri(R)])), largest_loading = number(max(abs(f))),
                          omega_psych = number(omega_of(f)), omega_total_psych = number(own),
                          omega_bounded = number(omega_of(best))),
       items = data.frame(sample = name, item = paste0("i", 1:k), mean = number(a$item.stats$mean),
                          sd = number(a$item.stats$sd), item_rest_r = number(a$item.stats$r.drop),
                          alpha_if_dropped = number(if (k > 2) a$alpha.drop$raw_alpha else NA_real_),
                          floor = number(colMeans(x == min(x))), ceiling = number(colMeans(x == max(x))),
                          missing = colSums(is.na(all)), loading = number(f)))
})
save_rows(do.call(rbind, lapply(results, `[[`, "scale")), "reliability.csv")
save_rows(do.call(rbind, lapply(results, `[[`, "items")), "reliability_items.csv")
save_rows(do.call(rbind, lapply(names(samples), function(name) {
  data.frame(sample = name, answers = apply(samples[[name]], 1, function(row) paste(number(row), collapse = " ")))
})), "reliability_data.csv")
