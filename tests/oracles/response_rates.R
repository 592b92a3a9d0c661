# Reference numbers for who answers, from R.
#   Rscript tests/oracles/response_rates.R     writes response_rates.csv and response_steps.csv beside this file
# Rates: every case is a row with its disposition in AAPOR's letters; RR1 to RR6 are survey::svyratio of who answered over
# who counts, where a case of unknown eligibility counts as 1, e or 0. e, where it is not given, is the mean of "eligible"
# over the cases whose eligibility is known. An empty cell: a denominator of 0. Steps: prop.test without correction.
# Data: the twelve people of outcomerate's README (R package 1.0.1, github.com/ropensci/outcomerate), which prints 0.364 0.545
# 0.370 0.556 0.444 0.667; Titanic's people as if they were dispositions; and made-up counts.
suppressMessages(library(survey))
folder <- dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE)))
number <- function(x) ifelse(is.na(x), "", trimws(formatC(x, digits = 15, format = "g")))
write_rows <- function(rows, name) {
  path <- file.path(folder, name)
  writeLines(paste0("# ", R.version.string, ", survey ", packageVersion("survey"), "; made by response_rates.R"), path)
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", row.names = FALSE, quote = FALSE))
}
letters_of <- c("I", "P", "R", "NC", "O", "U", "NE")
people <- apply(Titanic, c(1, 4), sum)
samples <- list(
  outcomerate = c(4, 2, 1, 1, 1, 2, 1), clinic = c(400, 50, 200, 150, 100, 300, 100), titanic = c(people[1:4, 1], people[1, 2], people[3, 2], people[4, 2]),
  all_known = c(37, 5, 21, 8, 0, 0, 4), only_complete = c(11, 0, 0, 0, 0, 0, 0), nobody = c(0, 0, 7, 2, 1, 5, 0), unknown_only = c(0, 0, 0, 0, 0, 6, 2))
given <- list(none = NA, zero = 0, tenth = 0.1, all = 1)
rates <- do.call(rbind, lapply(names(samples), function(name) do.call(rbind, lapply(names(given), function(how) {
  case <- data.frame(code = rep(letters_of, samples[[name]]))
  known <- case$code != "U"
  case$eligible <- as.numeric(case$code %in% c("I", "P", "R", "NC", "O"))
  e <- given[[how]]
  if (is.na(e)) e <- if (any(known)) mean(case$eligible[known]) else NA
  case$complete <- as.numeric(case$code == "I"); case$answered <- as.numeric(case$code %in% c("I", "P"))
  share <- c(1, e, 0)
  found <- sapply(1:6, function(rate) {
    weight <- share[(rate + 1) %/% 2]
    if (is.na(weight)) return(NA)
    case$counts <- ifelse(known, case$eligible, weight)
    if (sum(case$counts) == 0) return(NA)
    design <- svydesign(ids = ~1, weights = rep(1, nrow(case)), data = case)
    as.numeric(coef(svyratio(if (rate %% 2) ~complete else ~answered, ~counts, design)))
  })
  data.frame(sample = name, counts = paste(samples[[name]], collapse = " "), given = number(given[[how]]), e = number(e),
             rates = paste(number(found), collapse = " | "))
}))))
write_rows(rates, "response_rates.csv")
flows <- list(clinic = c(1000, 400, 300, 270), everybody = c(25, 25, 25, 25), nobody = c(40, 12, 3, 0), many = c(2500000, 1234567, 1000001, 999999), few = c(2, 1, 1, 1))
steps <- do.call(rbind, lapply(names(flows), function(name) do.call(rbind, lapply(list(c(1, 2), c(2, 3), c(3, 4), c(1, 4)), function(pair) {
  x <- flows[[name]][pair[2]]; n <- flows[[name]][pair[1]]
  ci <- suppressWarnings(prop.test(x, n, correct = FALSE))$conf.int
  data.frame(flow = name, counts = paste(format(flows[[name]], scientific = FALSE, trim = TRUE), collapse = " "), estimate = number(x / n), low = number(ci[1]), high = number(ci[2]))
}))))
write_rows(steps, "response_steps.csv")
