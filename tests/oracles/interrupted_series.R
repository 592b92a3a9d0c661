# Reference numbers for segmented regression with Newey-West errors, from R's lm and sandwich::NeweyWest.
#   Rscript tests/oracles/interrupted_series.R     writes interrupted_series_data.csv and interrupted_series.csv beside this file
# NeweyWest(lag = 3, prewhite = FALSE, adjust = FALSE), t with n - 4 degrees of freedom (plain). Corrected: variance and
# Satterthwaite's degrees of freedom of the same quadratic form, written down again from matrices, under errors with
# correlation 0.2^distance. In months that are missing the sandwich gets a row of zeros (weight 0), so that lags are true.
# Data: R's UKDriverDeaths (car drivers killed or seriously injured by month; seat belt law of 31 January 1983); seeded simulations (synthetic).
suppressMessages(library(sandwich))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261109)
simulate <- function(before, after, rho, jump, slope) {
  n <- before + after; t <- 0:(n - 1)
  data.frame(time = t, value = round(80 + 0.1 * t + (t >= before) * (jump + slope * (t - before)) + as.numeric(arima.sim(list(ar = rho), n)) * 2, 2),
             weight = sample(5:60, n, TRUE), action = before)
}
samples <- list(seatbelts = data.frame(time = 0:59, value = as.numeric(window(UKDriverDeaths, c(1980, 1), c(1984, 12))), weight = 1, action = 37),
                year_and_year = simulate(12, 12, 0.3, 4, -0.2), short = simulate(4, 3, 0.01, 2, 0), long = simulate(40, 25, 0.5, -3, 0.1),
                gaps = simulate(18, 14, 0.2, 3, 0.1))
samples$seatbelts$weight <- 1
samples$gaps <- samples$gaps[-c(3, 4, 11, 21, 30), ]
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
rows <- list()
for (name in names(samples)) for (weighted in c(FALSE, TRUE)) {
  d <- samples[[name]]
  full <- merge(data.frame(time = min(d$time):max(d$time)), d, all.x = TRUE)
  w <- if (weighted) full$weight else as.numeric(!is.na(full$value))
  w[is.na(full$value)] <- 0
  y <- ifelse(is.na(full$value), 0, full$value)
  action <- d$action[1]
  since <- full$time - action; after <- as.numeric(since >= 0); X <- cbind(1, since, after, after * since)
  keep <- w > 0
  n <- sum(keep)
  V <- if (all(keep)) NeweyWest(lm(y ~ since + after + I(after * since), weights = w), lag = 3, prewhite = FALSE, adjust = FALSE) else {
    model <- lm(y ~ since + after + I(after * since), weights = w)
    scores <- X * w * residuals(model)
    meat <- crossprod(scores)
    for (l in 1:3) { g <- crossprod(scores[(l + 1):nrow(X), ], scores[1:(nrow(X) - l), ]); meat <- meat + (1 - l / 4) * (g + t(g)) }
    bread <- solve(crossprod(X * sqrt(w))); bread %*% meat %*% bread
  }
  b <- coef(lm(y ~ since + after + I(after * since), weights = w))
  C <- rbind(slope_before = c(0, 1, 0, 0), level_change = c(0, 0, 1, 0), slope_change = c(0, 0, 0, 1), effect_at_end = c(0, 0, 1, max(since)))
  Z <- (X * sqrt(w))[keep, ]; D <- abs(outer(full$time[keep], full$time[keep], "-")); S <- 0.2^D
  M <- diag(n) - Z %*% solve(crossprod(Z)) %*% t(Z); K <- pmax(1 - D / 4, 0)
  for (what in rownames(C)) {
    v <- as.numeric(C[what, ] %*% V %*% C[what, ]); value <- sum(C[what, ] * b)
    a <- as.numeric(Z %*% solve(crossprod(Z)) %*% C[what, ]); P <- M %*% (K * outer(a, a)) %*% M %*% S
    E <- sum(diag(P)); df <- 2 * E^2 / (2 * sum(diag(P %*% P)))
    se <- sqrt(v * as.numeric(t(a) %*% S %*% a) / E)
    rows[[length(rows) + 1]] <- data.frame(sample = name, weighted = as.integer(weighted), what = what, n = n, value = number(value), se = number(sqrt(v)),
      plain_low = number(value - qt(0.975, n - 4) * sqrt(v)), plain_p = number(2 * pt(-abs(value) / sqrt(v), n - 4)),
      low = number(value - qt(0.975, df) * se), high = number(value + qt(0.975, df) * se), p = number(2 * pt(-abs(value) / se, df)))
  }
}
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", sandwich ", packageVersion("sandwich"), "; made by interrupted_series.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
save_rows(do.call(rbind, rows), "interrupted_series.csv")
save_rows(do.call(rbind, lapply(names(samples), function(s) cbind(sample = s, samples[[s]]))), "interrupted_series_data.csv")
