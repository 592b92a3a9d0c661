# Reference numbers for trends: R's cor.test(method = "kendall"), Sen's interval by hand, t by hand, lme4, clubSandwich.
#   Rscript tests/oracles/trend.R  writes trend.csv, stage_trend.csv, training_change.csv, training_change_data.csv beside it
# series: cor.test exact without ties, else with continuity correction; all pairs' slopes, ranks (N -+ qnorm * sqrt(var S))/2
# rounded (Sen 1968). stages: Jonckheere-Terpstra's z is Kendall's z of value and stage with ties (no continuity correction),
# J counted pair by pair; "piecework" is Hollander & Wolfe 1999, example 6.2 (J = 79). Contrast: clubSandwich CR2 of each
# stage's mean, put together. change: lmer(score ~ I(time - mean) + mean + (1 | person)), lm with person effects and
# clubSandwich CR2 with Satterthwaite, from 40 persons on sandwich's HC0 with G/(G-1). Data: R's Nile, LakeHuron, lme4's
# sleepstudy, Hollander & Wolfe's tuna from R's help of cor.test; seeded simulations ("simulated_..": synthetic).
suppressMessages({library(lme4); library(clubSandwich); library(sandwich)})
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261110)
number <- function(v) ifelse(is.na(v), "", trimws(formatC(as.numeric(v), digits = 15, format = "g")))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  versions <- paste(sapply(c("lme4", "clubSandwich", "sandwich"), function(p) paste(p, packageVersion(p))), collapse = ", ")
  writeLines(paste0("# ", R.version.string, ", ", versions, "; made by trend.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
series <- list(
  nile = list(t = 1871:1970, y = as.numeric(Nile)), huron = list(t = 1875:1972, y = as.numeric(LakeHuron)),
  tuna = list(t = c(44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1), y = c(2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8)),
  simulated_ties = list(t = 0:17, y = round(80 + 0.15 * (0:17) + rnorm(18))), simulated_short = list(t = c(1, 2, 4, 7, 9), y = c(70, 71, 69, 74, 80)),
  simulated_down = list(t = sort(sample(1:60, 30)), y = round(90 - 0.1 * (1:30) + rnorm(30), 2))
)
save_rows(do.call(rbind, lapply(names(series), function(name) {
  t <- series[[name]]$t; y <- series[[name]]$y; o <- order(t); n <- length(t)
  test <- suppressWarnings(cor.test(t, y, method = "kendall", continuity = TRUE))
  S <- sum(outer(seq_len(n), seq_len(n), function(i, j) (i < j) * sign(y[o][j] - y[o][i])))
  u <- table(y); V <- (n * (n - 1) * (2 * n + 5) - sum(u * (u - 1) * (2 * u + 5))) / 18
  slopes <- sort(unlist(lapply(1:(n - 1), function(i) sapply((i + 1):n, function(j) (y[o][j] - y[o][i]) / (t[o][j] - t[o][i])))))
  C <- qnorm(0.975) * sqrt(V); N <- length(slopes)
  data.frame(sample = name, t = paste(t, collapse = " "), y = paste(y, collapse = " "), S = S, tau = number(test$estimate), p = number(test$p.value),
             exact = as.integer(names(test$statistic) == "T"), z = number(sign(S) * (abs(S) - 1) / sqrt(V)), slope = number(median(slopes)),
             low = number(slopes[max(round((N - C) / 2), 1)]), high = number(slopes[min(round((N + C) / 2) + 1, N)]))
})), "trend.csv")

draw <- function(clinicians, mean) lapply(clinicians, function(n) 25 * round(pmin(pmax(mean + rnorm(1, 0, 0.4) + rnorm(n), 0), 4)))
stages <- list(
  piecework = list(list(c(40, 35, 38, 43, 44, 41)), list(c(38, 40, 47, 44, 40, 42)), list(c(48, 40, 45, 43, 46, 44))),
  simulated_rise = list(draw(c(5, 9, 12), 2), draw(c(20, 3, 8, 4), 2.6), draw(c(6, 6), 3), draw(c(11, 30, 2, 5, 7), 3.2)),
  simulated_flat = list(draw(rep(8, 12), 3), draw(rep(c(2, 15), 20), 3), draw(c(1, 1, 40), 3))
)
save_rows(do.call(rbind, lapply(names(stages), function(name) {
  s <- stages[[name]]; k <- length(s)
  jonckheere <- function(groups) {
    y <- unlist(groups); g <- rep(seq_along(groups), lengths(groups))
    J <- 0
    for (i in 1:(k - 1)) for (j in (i + 1):k) J <- J + sum(outer(groups[[i]], groups[[j]], function(a, b) (a < b) + 0.5 * (a == b)))
    test <- cor.test(y, g, method = "kendall", exact = FALSE, continuity = FALSE)
    c(J, test$statistic, test$p.value)
  }
  patients <- jonckheere(lapply(s, unlist))
  clinicians <- if (name == "piecework") rep(NA, 3) else jonckheere(lapply(s, function(x) round(sapply(x, mean), 9)))
  contrast <- rep(NA, 4)
  c_k <- (1:k - mean(1:k)) / sum((1:k - mean(1:k))^2)
  if (name != "piecework") {
    parts <- sapply(s, function(x) {
      y <- unlist(x); g <- rep(seq_along(x), lengths(x)); m <- lm(y ~ 1)
      if (length(x) >= 40) return(c(mean(y), vcovCL(m, cluster = g, type = "HC0", cadjust = TRUE)[1, 1], length(x) - 1))
      found <- coef_test(m, vcov = vcovCR(m, cluster = g, type = "CR2"), test = "Satterthwaite")
      c(mean(y), found$SE^2, if ("df_Satt" %in% names(found)) found$df_Satt else found$df)
    })
    v <- c_k^2 * parts[2, ]; df <- sum(v)^2 / sum(v^2 / parts[3, ]); value <- sum(c_k * parts[1, ])
    contrast <- c(value, value - qt(0.975, df) * sqrt(sum(v)), df, 2 * pt(-abs(value) / sqrt(sum(v)), df))
  }
  text <- paste(sapply(s, function(x) paste(sapply(x, paste, collapse = " "), collapse = " | ")), collapse = " || ")
  data.frame(sample = name, stages = text, patients_J = patients[1], patients_z = number(patients[2]), patients_p = number(patients[3]),
             J = number(clinicians[1]), z = number(clinicians[2]), p = number(clinicians[3]), slope = number(contrast[1]), low = number(contrast[2]),
             df = number(contrast[3]), slope_p = number(contrast[4]))
})), "stage_trend.csv")

persons <- function(p, within, between, sd, own = 0) do.call(rbind, lapply(1:p, function(i) {
  start <- sample(0:2, 1); t <- start + 0:sample(0:3, 1); t <- rep(t, sample(1:3, length(t), TRUE))
  data.frame(person = sprintf("p%02d", i), time = t, score = round(70 + rnorm(1, 0, sd) + (within + rnorm(1, 0, own)) * (t - mean(t)) + between * mean(t) + rnorm(length(t), 0, 5), 2))
}))
change <- list(sleepstudy = data.frame(person = as.character(sleepstudy$Subject), time = sleepstudy$Days, score = sleepstudy$Reaction),
               simulated_opposite = persons(15, -2, 4, 6), simulated_own_slopes = persons(60, 1, 1, 3, 3), simulated_alike = persons(20, 0, 0, 0))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-11, maxfun = 1e5), calc.derivs = FALSE)
save_rows(do.call(rbind, lapply(names(change), function(name) {
  d <- change[[name]]
  d$mean <- ave(d$time, d$person); d$x <- d$time - d$mean
  apart <- diff(range(d$mean)) > 1e-9
  m <- suppressMessages(lmer(if (apart) score ~ x + mean + (1 | person) else score ~ x + (1 | person), d, control = tight))
  b <- coef(summary(m)); v <- as.data.frame(VarCorr(m))$vcov
  moving <- d[d$person %in% unique(d$person[abs(d$x) > 1e-9]), ]
  fixed <- lm(score ~ x + person, moving); groups <- length(unique(moving$person))
  if (groups >= 40) { se <- sqrt(vcovCL(fixed, cluster = moving$person, type = "HC0", cadjust = FALSE)["x", "x"] * groups / (groups - 1)); df <- groups - 1 } else {
    found <- coef_test(fixed, vcov = vcovCR(fixed, cluster = moving$person, type = "CR2"), test = "Satterthwaite", coefs = "x")
    se <- found$SE; df <- if ("df_Satt" %in% names(found)) found$df_Satt else found$df
  }
  data.frame(sample = name, n = nrow(d), persons = length(unique(d$person)), changing = groups, within = number(b["x", 1]), within_model_se = number(b["x", 2]),
             within_se = number(se), within_df = number(df), between = number(if (apart) b["mean", 1] else NA), between_se = number(if (apart) b["mean", 2] else NA),
             tau2 = number(v[1]), sigma2 = number(v[2]))
})), "training_change.csv")
save_rows(do.call(rbind, lapply(names(change), function(s) cbind(sample = s, change[[s]]))), "training_change_data.csv")
