if (a) fail(); // attend_c1
if (b) fail(); // attend_c3: why
if (c) fail(); // attend_c4
int attend_c5;
