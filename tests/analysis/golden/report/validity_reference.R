# Reference numbers of real answers (../../../data/bfi/bfi.csv) for validity, latent reliability, nested tests, invariance and
# polychoric dimensionality. Run in this folder: Rscript validity_reference.R -> validity_reference.json. Nothing that runs needs R.
library(psych); library(lavaan); library(semTools); library(jsonlite)
raw <- read.csv("../../../data/bfi/bfi.csv"); d <- raw[1:25]; names(d) <- tolower(names(d))
for (i in c("a1", "c4", "c5", "e1", "e2", "o2", "o5")) d[[i]] <- 7 - d[[i]]
d$gender <- as.character(raw$gender)
v <- c(paste0("a", 1:5), paste0("c", 1:5), paste0("e", 1:5)); x <- na.omit(d[c(v, "gender")]); x15 <- x[v]
sets <- list(agree = v[1:5], consc = v[6:10], extra = v[11:15])
three <- paste0(names(sets), " =~ ", sapply(sets, paste, collapse = " + "), collapse = "\n")
mat <- function(m) list(rows = rownames(m), cols = colnames(m), values = unname(as.matrix(m)))
out <- list(n = nrow(x))

# convergent and discriminant validity: correlated factors by ML; AVE as the mean squared standardized loading
named <- paste(sapply(names(sets), function(s) { i <- sets[[s]]; l <- paste0("l_", i); t <- paste0("t_", i)
  paste0(s, " =~ ", paste0(l, "*", i, collapse = " + "), "\n", paste0(i, " ~~ ", t, "*", i, collapse = "\n"),
    "\ncr_", s, " := (", paste(l, collapse = "+"), ")^2/((", paste(l, collapse = "+"), ")^2+", paste(t, collapse = "+"), ")",
    "\nave_", s, " := (", paste0(l, "^2/(", l, "^2+", t, ")", collapse = "+"), ")/", length(i)) }), collapse = "\n")
f <- cfa(named, x15, std.lv = TRUE); pe <- parameterEstimates(f); ps <- standardizedSolution(f); F <- cfa(three, x15, std.lv = TRUE)
out$constructs <- pe[pe$op == ":=", c("lhs", "est", "se")]
out$correlations <- subset(ps, op == "~~" & lhs %in% names(sets) & rhs %in% names(sets) & lhs != rhs)[c("lhs", "rhs", "est.std", "se")]
out$htmt <- mat(unclass(htmt(three, data = x15, htmt2 = FALSE, absolute = TRUE)))
out$htmt2 <- mat(unclass(htmt(three, data = x15, htmt2 = TRUE, absolute = FALSE)))
out$comp_rel_sem <- as.list(compRelSEM(F)); out$semtools_ave <- as.list(AVE(F))

# ordinal alpha and omega of each scale on its own: polychoric correlations of the complete cases
out$ordinal <- lapply(sets, function(i) { y <- x15[i]; g <- cfa(paste("F =~", paste(i, collapse = " + ")), y, ordered = i, std.lv = TRUE)
  R <- lavInspect(g, "sampstat")$cov; k <- length(i); l <- standardizedSolution(g); l <- l$est.std[l$op == "=~"]
  Rp <- polychoric(y)$rho
  list(alpha = psych::alpha(unclass(R))$total$raw_alpha, omega = sum(l)^2 / (sum(l)^2 + sum(1 - l^2)),
    comp_rel_sem = unname(compRelSEM(g, ord.scale = FALSE)), alpha_psych_polychoric = psych::alpha(Rp)$total$raw_alpha) })

# bifactor: omega hierarchical by semTools from the same model
bi <- cfa(paste0("G =~ ", paste(v, collapse = " + "), "\n", three), x15, std.lv = TRUE, orthogonal = TRUE)
om <- compRelSEM(bi, return.total = FALSE)
s <- standardizedSolution(bi); l <- s[s$op == "=~", ]
out$bifactor <- list(converged = lavInspect(bi, "converged"), admissible = lavInspect(bi, "post.check"), omega = as.list(om), ecv = sum(l$est.std[l$lhs == "G"]^2) / sum(l$est.std^2),
  reliability = mat(suppressWarnings(reliability(bi))))
b <- parameterEstimates(bi); lo <- b[b$op == "=~", ]; th <- b$est[b$op == "~~" & b$lhs == b$rhs & b$lhs %in% v]
total <- sum(lo$est[lo$lhs == "G"])^2 + sum(sapply(names(sets), function(g) sum(lo$est[lo$lhs == g])^2)) + sum(th)
out$bifactor$omega_h <- sum(lo$est[lo$lhs == "G"])^2 / total; out$bifactor$omega_t <- 1 - sum(th) / total

# nested tests by MLR
m3 <- cfa(three, x15, estimator = "MLR", std.lv = TRUE)
m1 <- cfa(paste("G =~", paste(v, collapse = " + ")), x15, estimator = "MLR", std.lv = TRUE)
m3x <- cfa(paste0(three, "\na1 ~~ a2"), x15, estimator = "MLR", std.lv = TRUE)
lrt <- function(a, b, m) { t <- lavTestLRT(a, b, method = m); list(chisq_diff = t[2, "Chisq diff"], df_diff = t[2, "Df diff"], p = t[2, "Pr(>Chisq)"]) }
out$nested <- lapply(list(m1 = list(m3, m1), m3x = list(m3x, m3)), function(p)
  lapply(c(sb2001 = "satorra.bentler.2001", sb2010 = "satorra.bentler.2010", s2000 = "satorra.2000"), function(m) lrt(p[[1]], p[[2]], m)))
out$delta_bic <- list(m1 = BIC(m1) - BIC(m3), m3x = BIC(m3x) - BIC(m3))

# invariance over gender by MLR, robust measures, steps as semTools::measEq.syntax writes them
steps <- list(configural = "", metric = "loadings", scalar = c("loadings", "intercepts"), strict = c("loadings", "intercepts", "residuals"))
out$invariance <- lapply(steps, function(e) { syntax <- as.character(measEq.syntax(three, x, group = "gender", group.equal = e, ID.fac = "std.lv", estimator = "MLR"))
  g <- cfa(syntax, x, group = "gender", estimator = "MLR"); as.list(fitMeasures(g, c("chisq", "df", "chisq.scaled", "cfi.robust", "rmsea.robust", "srmr", "bic"))) })
out$groups <- as.list(table(x$gender))

# polychoric dimensionality
P <- lavCor(x15, ordered = v); class(P) <- "matrix"; PP <- polychoric(x15)$rho
smc <- P; diag(smc) <- 1 - 1 / diag(solve(P))
e <- fa(P, 3, n.obs = nrow(x15), fm = "minres", rotate = "oblimin")
out$polychoric <- list(eigenvalues = eigen(P)$values, eigenvalues_psych = eigen(PP)$values, reduced = eigen(smc)$values,
  minres_oblimin = list(loadings = mat(unclass(e$loadings)), phi = mat(e$Phi), uniquenesses = as.list(e$uniquenesses)))
out$versions <- c(R = R.version.string, sapply(c("psych", "lavaan", "semTools", "GPArotation"), function(p) as.character(packageVersion(p))))
writeLines(toJSON(out, auto_unbox = TRUE, digits = 15, na = "null", pretty = TRUE), "validity_reference.json")
