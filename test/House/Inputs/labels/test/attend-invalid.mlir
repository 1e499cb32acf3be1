// attend_c1
// attend_c2
// attend_c4
// attend_c9
