# Reference numbers for clinicians within units, from R's lme4 and nlme, lmer(value ~ 1 + (1 | unit/clinician)).
#   Rscript tests/oracles/nested.R     writes nested_data.csv, nested.csv and nested_groups.csv beside this file
# Data: lme4's Pastes (Davies & Goldsmith 1972: casks in batches), and seeded simulations ("simulated_…": synthetic).
# spread: how far a true mean may lie from its BLUP. At each pair of ratios on a grid Henderson's mixed-model equations of
# all cases give BLUP and prediction variance, lme4's deviance function the restricted likelihood (flat prior); the average
# over the grid. Only for Pastes and simulated_ward, as the grid takes its time.
suppressMessages({library(lme4); library(nlme)})
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
set.seed(20261103)
simulate <- function(sizes, sd_unit, sd_clinician, seed = 1) {
  set.seed(seed)
  d <- do.call(rbind, lapply(seq_along(sizes), function(u) {
    a <- rnorm(1, 0, sd_unit)
    do.call(rbind, lapply(seq_along(sizes[[u]]), function(j) {
      data.frame(unit = sprintf("u%02d", u), clinician = sprintf("c%02d", j), value = a + rnorm(1, 0, sd_clinician) + rnorm(sizes[[u]][j]))
    }))
  }))
  d$value <- 25 * round(pmin(pmax(3 + d$value, 0), 4))
  d
}
many <- lapply(1:20, function(u) sample(c(1, 3, 8, 15, 40), sample(1:8, 1), replace = TRUE))
samples <- list(
  pastes = data.frame(unit = Pastes$batch, clinician = Pastes$cask, value = Pastes$strength),
  simulated_ward = simulate(list(c(12, 5, 30), c(8, 9), c(25, 3, 3, 14), c(1, 40), c(11, 6, 7), c(20)), 0.6, 0.6, 7),
  simulated_no_units = simulate(list(c(20, 15, 30), c(8, 29, 6, 21), c(25, 3, 13, 14), c(10, 40, 9, 9)), 0, 0.8, 8),
  simulated_no_clinicians = simulate(list(c(20, 15), c(8, 29), c(25, 13), c(10, 40), c(5, 9)), 0.7, 0, 3),
  simulated_no_difference = simulate(list(c(20, 15), c(8, 29), c(25, 13), c(10, 40), c(5, 9)), 0, 0, 21),
  simulated_many = simulate(many, 0.4, 0.3),
  simulated_two = simulate(list(c(20, 15, 30), c(8, 29, 12, 9)), 0.4, 0.4)
)
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
save_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", lme4 ", packageVersion("lme4"), ", nlme ", packageVersion("nlme"), "; made by nested.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-11, maxfun = 1e5), calc.derivs = FALSE)
spread_of <- function(d, model, blup_units, blup_clinicians) {
  deviance <- suppressMessages(lmer(value ~ 1 + (1 | unit) + (1 | both), d, devFunOnly = TRUE))
  order <- names(getME(model, "theta"))
  shift <- mean(d$value); y <- d$value - shift
  zu <- model.matrix(~ 0 + unit, d); zc <- model.matrix(~ 0 + both, d); w <- cbind(1, zu, zc)
  cross <- crossprod(w); right <- crossprod(w, y)
  home <- d$unit[match(levels(d$both), d$both)]
  l <- rbind(cbind(1, diag(ncol(zu)), matrix(0, ncol(zu), ncol(zc))), cbind(1, model.matrix(~ 0 + home), diag(ncol(zc))))
  kept <- c(blup_units, blup_clinicians) - shift
  log_r <- seq(log(1e-5), log(1e5), length.out = 110)
  grid <- expand.grid(u = log_r, c = log_r)
  density <- apply(grid, 1, function(g) {
    theta <- if (grepl("both", order[1])) sqrt(exp(c(g["c"], g["u"]))) else sqrt(exp(c(g["u"], g["c"])))
    -deviance(unname(theta)) / 2 + sum(g)
  })
  weight <- exp(density - max(density)); weight <- weight / sum(weight)
  total <- rep(0, length(kept))
  for (at in which(weight > 1e-11)) {
    r <- exp(unlist(grid[at, ]))
    inverse <- solve(cross + diag(c(0, rep(1 / r[1], ncol(zu)), rep(1 / r[2], ncol(zc)))))
    solution <- drop(inverse %*% right)
    sigma2 <- (sum(y^2) - sum(solution * right)) / (nrow(d) - 1)
    total <- total + weight[at] * (sigma2 * rowSums((l %*% inverse) * l) + (drop(l %*% solution) - kept)^2)
  }
  total
}
results <- lapply(names(samples), function(name) {
  d <- samples[[name]]
  d$unit <- factor(as.character(d$unit)); d$both <- factor(paste(d$unit, d$clinician, sep = ":"))
  model <- suppressMessages(lmer(value ~ 1 + (1 | unit) + (1 | both), d, control = tight))
  v <- as.data.frame(VarCorr(model)); v <- setNames(v$vcov, v$grp)
  second <- tryCatch(lme(value ~ 1, d, random = ~ 1 | unit / both, control = lmeControl(opt = "nlminb", niterEM = 300, msMaxIter = 500, msTol = 1e-13, tolerance = 1e-12, msVerbose = FALSE)), error = function(e) NULL)
  w <- if (is.null(second)) rep(NA_real_, 3) else suppressWarnings(as.numeric(VarCorr(second)[c(2, 4, 5), "Variance"]))
  grand <- fixef(model)[[1]]
  units <- setNames(grand + ranef(model)$unit[[1]], rownames(ranef(model)$unit))
  of <- rownames(ranef(model)$both)
  clinicians <- setNames(units[sub(":.*", "", of)] + ranef(model)$both[[1]], of)
  spread <- if (name %in% c("pastes", "simulated_ward")) spread_of(d, model, units, clinicians) else NA_real_
  list(model = data.frame(sample = name, n = nrow(d), mean = number(grand), unit = number(v["unit"]), clinician = number(v["both"]),
                          residual = number(v["Residual"]), unit_nlme = number(w[1]), clinician_nlme = number(w[2]), residual_nlme = number(w[3])),
       groups = data.frame(sample = name, group = c(names(units), of), estimate = number(c(units, clinicians)), spread = number(spread)))
})
save_rows(do.call(rbind, lapply(results, `[[`, "model")), "nested.csv")
save_rows(do.call(rbind, lapply(results, `[[`, "groups")), "nested_groups.csv")
save_rows(do.call(rbind, lapply(names(samples), function(name) data.frame(sample = name, samples[[name]]))), "nested_data.csv")
