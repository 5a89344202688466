# Factor scores of the bfi data by psych::scoreItems with the keys published in psychTools (missing answers left out,
# not imputed). Run in this folder: Rscript bfi_scores.R. Writes bfi_scores.json and bfi_scores_session.txt.
suppressMessages({library(psych); library(psychTools); library(jsonlite)})
writeLines(capture.output(sessionInfo()), "bfi_scores_session.txt")
made <- scoreItems(bfi.keys, bfi[, 1:25], impute = "none", missing = TRUE, min = 1, max = 6)
names <- c(agree = "agree", conscientious = "consc", extraversion = "extra", neuroticism = "neuro", openness = "open")
complete <- complete.cases(bfi[, 1:25])
scores <- as.data.frame(made$scores)[, names(names)]
colnames(scores) <- names
out <- list(
  source = "psych::scoreItems(bfi.keys, bfi[, 1:25], impute = 'none', missing = TRUE)",
  n = nrow(bfi), n_complete = sum(complete),
  mean = as.list(colMeans(scores[complete, ])), sd = as.list(sapply(scores[complete, ], sd)),
  first_rows = scores[1:12, ]
)
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "bfi_scores.json")
