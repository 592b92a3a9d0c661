# Reference numbers for shrunken means: BLUPs from lme4::ranef, and how far true means may lie from them.
#   Rscript tests/oracles/shrinkage.R     writes shrinkage.csv beside this file; reads one_way_data.csv (made by icc.R)
# For each ratio r = tau2/sigma2 on a dense grid, Henderson's mixed-model equations of all cases give BLUP(r) and its
# prediction variance, and lme4's deviance function the restricted likelihood; the averages over r are plain sums. The prior is
# flat in r from four groups on, else 1/(1 + mean(n)*r)^2. pr: Prasad & Rao's MSE (1990), g1 + g2 + 2*g3 with the
# variances of REML's tau2 and sigma2 from the expected information.
suppressMessages(library(lme4))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
data <- read.csv(file.path(folder, "one_way_data.csv"), comment.char = "#")
number <- function(v) trimws(formatC(as.numeric(v), digits = 15, format = "g"))
tight <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 0.01, rhoend = 1e-12), calc.derivs = FALSE)
trace_of <- function(a, b) sum(a * t(b))
rows <- do.call(rbind, lapply(setdiff(unique(data$sample), "simulated_many"), function(name) {
  d <- data[data$sample == name, ]
  d$group <- factor(d$group)
  model <- suppressMessages(lmer(value ~ 1 + (1 | group), d, control = tight))
  deviance <- suppressMessages(lmer(value ~ 1 + (1 | group), d, devFunOnly = TRUE))
  sizes <- as.numeric(table(d$group)); groups <- length(sizes); n <- nrow(d)
  shift <- mean(d$value); y <- d$value - shift
  w <- cbind(1, model.matrix(~ 0 + group, d))
  solve_at <- function(r) {
    inverse <- solve(crossprod(w) + diag(c(0, rep(1 / r, groups))))
    solution <- drop(inverse %*% crossprod(w, y))
    list(inverse = inverse, solution = solution, sigma2 = (sum(y^2) - sum(solution * crossprod(w, y))) / (n - 1))
  }
  blup <- ranef(model)$group[[1]]
  grand <- fixef(model)[[1]]
  log_r <- seq(log(1e-9), log(1e9), length.out = 6000)
  r <- exp(log_r)
  density <- sapply(r, function(one) -deviance(sqrt(one)) / 2) + log_r - if (groups < 4) 2 * log1p(mean(sizes) * r) else 0
  weight <- exp(density - max(density)); weight <- weight / sum(weight)
  spread <- rep(0, groups)
  theta <- cbind(1, diag(groups))
  for (at in which(weight > 1e-16)) {
    here <- solve_at(r[at])
    spread <- spread + weight[at] * (here$sigma2 * diag(theta %*% here$inverse %*% t(theta)) +
                                     (drop(theta %*% here$solution) - blup - grand + shift)^2)
  }
  v <- as.data.frame(VarCorr(model))$vcov; tau2 <- v[1]; sigma2 <- v[2]
  z <- model.matrix(~ 0 + group, d); big <- sigma2 * diag(n) + tau2 * tcrossprod(z); inverse <- solve(big)
  p <- inverse - rowSums(inverse) %o% rowSums(inverse) / sum(inverse)
  pz <- p %*% tcrossprod(z)
  information <- matrix(c(trace_of(pz, pz), trace_of(pz, p), trace_of(pz, p), trace_of(p, p)), 2) / 2
  cov <- solve(information); reliability <- tau2 / (tau2 + sigma2 / sizes)
  g1 <- (1 - reliability) * tau2; g2 <- (1 - reliability)^2 / sum(1 / (tau2 + sigma2 / sizes))
  g3 <- (sigma2^2 * cov[1, 1] + tau2^2 * cov[2, 2] - 2 * sigma2 * tau2 * cov[1, 2]) / sizes^2 / (tau2 + sigma2 / sizes)^3
  data.frame(sample = name, group = levels(d$group), n = sizes, mean = number(tapply(d$value, d$group, mean)),
             estimate = number(grand + blup), reliability = number(reliability),
             spread = number(spread), pr = number(g1 + g2 + 2 * g3))
}))
path <- file.path(folder, "shrinkage.csv")
writeLines(paste0("# ", R.version.string, ", lme4 ", packageVersion("lme4"), "; made by shrinkage.R"), path)
suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
