# The CFA marker technique (Williams, Hartman & Cavazotte, 2010) in real answers (../../../data/bfi/bfi.csv): agreeableness and
# conscientiousness as the constructs, o1, o3 and o4 as the marker. Run in this folder: Rscript marker_reference.R ->
# marker_reference.json. Nothing that runs needs R.
library(lavaan); library(jsonlite)
raw <- read.csv("../../../data/bfi/bfi.csv"); d <- raw[1:25]; names(d) <- tolower(names(d))
for (i in c("a1", "c4", "c5")) d[[i]] <- 7 - d[[i]]
a <- paste0("a", 1:5); k <- paste0("c", 1:5); m <- c("o1", "o3", "o4"); x <- head(na.omit(d[c(a, k, m)]), 900)
s <- function(v) paste(v, collapse = " + ")
substantive <- paste0("F_a =~ ", s(a), "\nF_c =~ ", s(k), "\n")
run <- function(syntax) cfa(syntax, x, estimator = "MLR", std.lv = TRUE)
CFA <- run(paste0(substantive, "M =~ ", s(m))); p <- parameterEstimates(CFA)
l <- p$est[p$op == "=~" & p$lhs == "M"]; v <- sapply(m, function(i) p$est[p$op == "~~" & p$lhs == i & p$rhs == i])
fixed <- paste0(s(paste0(sprintf("%.15g", l), "*", m)), "\n", paste0(m, " ~~ ", sprintf("%.15g", v), "*", m, collapse = "\n"),
  "\nM ~~ 0*F_a\nM ~~ 0*F_c")
B <- run(paste0(substantive, "M =~ ", fixed))
C <- run(paste0(substantive, "M =~ ", s(paste0("c*", c(a, k))), " + ", fixed))
U <- run(paste0(substantive, "M =~ ", s(c(a, k)), " + ", fixed))
r <- function(f) { q <- standardizedSolution(f); q[q$op == "~~" & q$lhs == "F_a" & q$rhs == "F_c", c("est.std", "se")] }
R <- run(paste0(substantive, "M =~ ", s(c(a, k)), " + ", fixed, "\nF_a ~~ ", sprintf("%.15g", r(B)$est.std), "*F_c"))
lrt <- function(f, g) { t <- lavTestLRT(f, g, method = "satorra.bentler.2001"); list(chisq_diff = t[2, "Chisq diff"], df_diff = t[2, "Df diff"], pvalue = t[2, "Pr(>Chisq)"]) }
lu <- standardizedSolution(U); lu <- lu$est.std[lu$op == "=~" & lu$lhs == "M" & lu$rhs %in% c(a, k)]
two <- standardizedSolution(run(paste0("F_a =~ ", s(a), "\nM =~ ", s(m)))); two <- two[two$op == "~~" & two$lhs == "F_a" & two$rhs == "M", ]
ct <- cor.test(rowMeans(x[a]), rowMeans(x[m]))
out <- list(n = nrow(x), companion = list(latent = two$est.std, se = two$se, r = unname(ct$estimate), lower = ct$conf.int[1], upper = ct$conf.int[2], pvalue = ct$p.value),
  models = lapply(list(CFA = CFA, Baseline = B, "Method-C" = C, "Method-U" = U, "Method-R" = R), function(f)
    as.list(setNames(fitMeasures(f, c("chisq.scaled", "df.scaled", "pvalue.scaled", "cfi.robust", "rmsea.robust", "srmr")), c("chisq", "df", "pvalue", "cfi", "rmsea", "srmr")))),
  tests = list("Method-C" = lrt(C, B), "Method-U" = lrt(U, C), "Method-R" = lrt(U, R)),
  correlation = list(baseline = r(B)$est.std, retained = r(U)$est.std, se = r(U)$se), loading = mean(lu), share = mean(lu^2),
  versions = c(R = R.version.string, lavaan = as.character(packageVersion("lavaan"))))
writeLines(toJSON(out, auto_unbox = TRUE, digits = 15, pretty = TRUE), "marker_reference.json")
