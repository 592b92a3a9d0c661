# Reference numbers for the one-way random-effects model, from R's lme4 and nlme, and for intervals of the ICC.
#   Rscript tests/oracles/icc.R     writes one_way_data.csv and icc.csv beside this file
# Data: lme4's Dyestuff (Davies & Goldsmith 1972), Dyestuff2 (Box & Tiao 1973) and sleepstudy (Belenky et al. 2003), the
# ratings in Shrout & Fleiss 1979 (table 2), and seeded simulations ("simulated_…": synthetic).
# Wald's limits come from the full covariance matrix of all cases, not from sums of groups; those of the restricted likelihood
# from lme4's deviance function; classical F limits of the balanced samples from psych::ICC.
suppressMessages({library(lme4); library(nlme); library(psych)})
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261101)
simulate <- function(sizes, icc, score) {
  u <- rnorm(length(sizes), 0, sqrt(icc))
  g <- rep(seq_along(sizes), sizes)
  data.frame(group = sprintf("g%03d", g), value = score(u[g] + rnorm(length(g), 0, sqrt(1 - icc))))
}
likert <- function(x) 25 * round(pmin(pmax(3.2 + 1.1 * x, 0), 4))
ratings <- rbind(c(9, 2, 5, 8), c(6, 1, 3, 2), c(8, 4, 6, 8), c(7, 1, 2, 6), c(10, 5, 6, 9), c(6, 2, 4, 7))
perfect <- simulate(c(11, 15, 20, 12, 40, 18), 0.3, likert)
perfect$value[perfect$group %in% c("g001", "g002", "g004", "g006")] <- 100
samples <- list(
  shrout_fleiss = data.frame(group = paste0("target", row(ratings)), value = c(ratings)),
  dyestuff = data.frame(group = Dyestuff$Batch, value = Dyestuff$Yield),
  dyestuff2 = data.frame(group = Dyestuff2$Batch, value = Dyestuff2$Yield),
  sleepstudy = data.frame(group = sleepstudy$Subject, value = sleepstudy$Reaction),
  simulated_unequal = simulate(c(1, 1, 2, 3, 5, 8, 40, 150, 1, 12), 0.2, likert),
  simulated_ceiling = simulate(c(11, 30, 7, 60, 22, 18, 45, 9, 5, 33, 14, 27), 0.05, likert),
  simulated_perfect = perfect,
  simulated_far = within(simulate(c(4, 9, 6, 20, 3, 7), 0.6, function(x) round(x, 3)), value <- value + 1e6),
  simulated_two = simulate(c(9, 14), 0.5, likert),
  simulated_many = simulate(sample(5:25, 150, replace = TRUE), 0.1, likert)
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name, packages) {
  versions <- paste(sapply(packages, function(p) paste(p, packageVersion(p))), collapse = ", ")
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", ", versions, "; made by icc.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-12), calc.derivs = FALSE)
fit <- function(d) suppressMessages(lmer(value ~ 1 + (1 | group), d, control = tight))
wald <- function(d, p) {
  n <- nrow(d); groups <- length(unique(d$group)); x <- rep(1, n)
  same <- outer(d$group, d$group, "==") * 1
  within <- sum((d$value - ave(d$value, d$group))^2)
  f <- function(r) {
    inverse <- solve(diag(n) + r * same)
    mu <- sum(inverse %*% d$value) / sum(inverse)
    e <- d$value - mu
    between <- drop(t(e) %*% inverse %*% e) - within
    between / (groups - 1) / (within / (n - groups)) - qf(p, groups - 1, n - groups)
  }
  if (f(0) <= 0) return(0)
  r <- uniroot(f, c(0, 1), extendInt = "downX", tol = 1e-13)$root
  r / (1 + r)
}
likely <- function(d, model, upper) {
  deviance <- suppressMessages(lmer(value ~ 1 + (1 | group), d, devFunOnly = TRUE))
  best <- getME(model, "theta")
  f <- function(theta) deviance(theta) - deviance(best) - qchisq(0.95, 1)
  if (!upper && f(0) <= 0) return(0)
  theta <- if (upper) uniroot(f, best + c(0, 1), extendInt = "upX", tol = 1e-13)$root else uniroot(f, c(0, best), tol = 1e-13)$root
  theta^2 / (1 + theta^2)
}
rows <- do.call(rbind, lapply(names(samples), function(name) {
  d <- samples[[name]]
  d$group <- factor(as.character(d$group))
  model <- fit(d)
  second <- tryCatch(lme(value ~ 1, d, random = ~ 1 | group, control = lmeControl(msTol = 1e-12, tolerance = 1e-10, opt = "optim", reltol = 1e-14)),
                     error = function(e) NULL)
  v <- as.data.frame(VarCorr(model))$vcov
  w <- if (is.null(second)) c(NA_real_, NA_real_) else suppressWarnings(as.numeric(VarCorr(second)[, "Variance"]))
  balanced <- length(unique(table(d$group))) == 1
  classical <- if (balanced) as.matrix(ICC(do.call(rbind, split(d$value, d$group)), lmer = FALSE)$results)[1, c("lower bound", "upper bound")] else c(NA_real_, NA_real_)
  small <- nrow(d) < 1000
  data.frame(sample = name, n = nrow(d), groups = nlevels(d$group), mean = number(fixef(model)), standard_error = number(sqrt(vcov(model)[1, 1])),
             between = number(v[1]), within = number(v[2]), between_nlme = number(w[1]), within_nlme = number(w[2]),
             wald_low = number(if (small) wald(d, 0.975) else NA_real_), wald_high = number(if (small) wald(d, 0.025) else NA_real_),
             likely_low = number(likely(d, model, FALSE)), likely_high = number(likely(d, model, TRUE)),
             classical_low = number(as.numeric(classical[1])), classical_high = number(as.numeric(classical[2])))
}))
save_rows(rows, "icc.csv", c("lme4", "nlme", "psych"))
data <- do.call(rbind, lapply(names(samples), function(name) data.frame(sample = name, group = samples[[name]]$group, value = number(samples[[name]]$value))))
save_rows(data, "one_way_data.csv", "lme4")
